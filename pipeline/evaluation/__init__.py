"""Runs the production clustering over labelled articles and scores it."""

from pipeline.evaluation.errors import Count, ErrorAnalysis, analyse_errors
from pipeline.evaluation.kinds import Kind
from pipeline.evaluation.metrics import Scores, score
from pipeline.evaluation.run import LabelledArticle, Report, evaluate, macro_mean

__all__ = [
    "Count", "ErrorAnalysis", "Kind", "LabelledArticle", "Report", "Scores", "analyse_errors", "evaluate",
    "macro_mean", "score",
]
