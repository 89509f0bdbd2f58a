"""Runs the production clustering over labelled articles and scores it."""

from pipeline.evaluation.errors import ErrorAnalysis, analyse_errors
from pipeline.evaluation.metrics import Scores, score
from pipeline.evaluation.run import LabelledArticle, Report, evaluate, macro_mean

__all__ = [
    "ErrorAnalysis", "LabelledArticle", "Report", "Scores", "analyse_errors", "evaluate", "macro_mean", "score",
]
