"""Runs the production clustering over labelled articles and scores it."""

from pipeline.quality.evaluation.error_analysis import Count, ErrorAnalysis, analyse_errors
from pipeline.quality.evaluation.kinds import Kind
from pipeline.quality.evaluation.labelled import LabelledArticle, read_set
from pipeline.quality.evaluation.run import Report, evaluate, macro_mean
from pipeline.quality.evaluation.scores import Scores, score

__all__ = [
    "Count",
    "ErrorAnalysis",
    "Kind",
    "LabelledArticle",
    "Report",
    "Scores",
    "analyse_errors",
    "evaluate",
    "macro_mean",
    "read_set",
    "score",
]
