"""`groundswell-tail`: growing stories on a terminal, one line a revision."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from groundswell import __version__
from groundswell.broker.connection import Connection
from groundswell.choice import Choice
from groundswell.errors import GroundswellError
from groundswell.record import StoryRecord
from groundswell.subscriber import Subscriber

CONNECT_TIMEOUT_S = 30.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print stories until interrupted. Returns the exit status."""
    options = _parser().parse_args(arguments)
    choice = Choice(options.language, options.min_sources, options.outlet)
    connection = Connection(options.bootstrap_servers, client=dict(options.client))
    try:
        with Subscriber(
            connection, options.topic, choice=choice, follow=not options.exit, connect_timeout_s=CONNECT_TIMEOUT_S
        ) as stories:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stories.stop())
            for story in stories:
                if options.all or options.exit or stories.caught_up:
                    print(story.model_dump_json() if options.json else line_of(story), flush=True)
    except GroundswellError as error:
        print(f"groundswell-tail: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has left; the interpreter would complain of what is not flushed
    return 0


def line_of(story: StoryRecord) -> str:
    """A revision in one line: when, why, what and how much."""
    why = ",".join(each.value for each in story.revision_reasons)
    if story.merged_into:
        return f"{story.updated_at:%H:%M:%S} {why:<10} {story.story_id} is part of {story.merged_into} now"
    if story.hidden:
        return f"{story.updated_at:%H:%M:%S} {why:<10} {story.story_id} was taken back"
    if not story.article_count:
        return f"{story.updated_at:%H:%M:%S} {why:<10} {story.story_id} has no articles any more"
    languages = " ".join(sorted(story.coverage.languages))
    lean = f"; {story.coverage.statement.text}" if story.coverage.statement else ""
    return (
        f"{story.updated_at:%H:%M:%S} {why:<10} {story.title} "
        f"({story.article_count} articles, {story.source_count} sources, {languages}{lean}) {story.story_id}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "groundswell-tail", description="Print news stories as they grow, one line a revision."
    )
    parser.add_argument("bootstrap_servers", nargs="?", default="127.0.0.1:9092", help="default: %(default)s")
    parser.add_argument("--topic", default="stories", help="default: %(default)s")
    parser.add_argument("--language", action="append", default=[], help="only with articles in it, as en")
    parser.add_argument("--outlet", action="append", default=[], help="only covered by it, as example.com")
    parser.add_argument("--min-sources", type=int, default=0, help="only covered by so many outlets")
    parser.add_argument("--all", action="store_true", help="what stands on the topic already, too")
    parser.add_argument("--exit", action="store_true", help="print what stands on the topic and end")
    parser.add_argument("--json", action="store_true", help="whole records, one JSON object a line")
    parser.add_argument(
        "--client", action="append", default=[], metavar="NAME=VALUE", type=_option,
        help="an option of kafka-python, for example security_protocol=SASL_SSL",
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
