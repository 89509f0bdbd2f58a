"""Runs the production clustering over labelled articles and scores it."""

from pipeline.quality.evaluation.errors import Count, ErrorAnalysis, analyse_errors
from pipeline.quality.evaluation.kinds import Kind
from pipeline.quality.evaluation.metrics import Scores, score
from pipeline.quality.evaluation.run import LabelledArticle, Report, evaluate, macro_mean

__all__ = [
    "Count", "ErrorAnalysis", "Kind", "LabelledArticle", "Report", "Scores", "analyse_errors", "evaluate",
    "macro_mean", "score",
]
