"""Validates and delivers the items of one request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pipeline.domain.records.article import Article
from pipeline.domain.records.parse import InvalidArticle, article_from
from producers.delivery import deliver
from producers.http.body import Item
from producers.http.models import ItemResult, ItemStatus, PushAnswer
from producers.producer_metrics import ItemOutcome, ProducerMetrics
from producers.sink import ArticleSink

Version = tuple[str, datetime | None, bool]


def push(items: Sequence[Item], sink: ArticleSink, max_text_chars: int, metrics: ProducerMetrics) -> PushAnswer:
    """Send what is valid, each version once, and wait for Kafka. Blocks: not for the event loop."""
    checked = [_check(item, max_text_chars) for item in items]
    articles = {_version(each): each for each in checked if isinstance(each, Article)}
    fates = dict(zip(articles, deliver(sink, list(articles.values())), strict=True))
    results = [_result(index, each, fates) for index, each in enumerate(checked)]
    answer = PushAnswer(
        accepted=_count(results, ItemStatus.ACCEPTED),
        rejected=_count(results, ItemStatus.REJECTED),
        failed=_count(results, ItemStatus.FAILED),
        results=results,
    )
    _measure(answer, len(articles), list(fates.values()), metrics)
    return answer


def _check(item: Item, max_text_chars: int) -> Article | str:
    """The article, or why it is none."""
    if item.fields is None:
        return item.error or "no article"
    try:
        return article_from(item.fields, max_text_chars)
    except InvalidArticle as error:
        return error.reason


def _version(article: Article) -> Version:
    """The clusterer orders the versions of an article; here only what is the same comes together."""
    return article.article_id, article.updated_at, article.withdrawn


def _result(index: int, checked: Article | str, fates: Mapping[Version, str | None]) -> ItemResult:
    if isinstance(checked, str):
        return ItemResult(index=index, status=ItemStatus.REJECTED, error=checked)
    error = fates[_version(checked)]
    status = ItemStatus.ACCEPTED if error is None else ItemStatus.FAILED
    return ItemResult(index=index, status=status, article_id=checked.article_id, error=error)


def _count(results: Sequence[ItemResult], status: ItemStatus) -> int:
    return sum(result.status is status for result in results)


def _measure(answer: PushAnswer, articles: int, fates: Sequence[str | None], metrics: ProducerMetrics) -> None:
    sent = fates.count(None)
    metrics.took(len(answer.results))
    metrics.done(ItemOutcome.INVALID, answer.rejected)
    metrics.done(ItemOutcome.DUPLICATE, len(answer.results) - answer.rejected - articles)
    metrics.done(ItemOutcome.SENT, sent)
    metrics.done(ItemOutcome.FAILED, articles - sent)
