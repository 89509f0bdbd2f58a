"""The board as a service: one thread reads the topic, the main one serves."""

from __future__ import annotations

from functools import partial

import structlog

from consumers.board.app import create_app
from consumers.board.board_metrics import BoardMetrics
from consumers.board.events import EventLog
from consumers.board.meaning import story_meaning
from consumers.board.reader import StoryReader
from consumers.board.server import BoardServer, open_door
from consumers.board.view import StoryView
from pipeline.adapters.kafka.ping import KafkaPing
from pipeline.runtime.contact_watch import ContactWatch
from pipeline.runtime.doctor.starting import tell_topics
from pipeline.runtime.health import Health
from pipeline.runtime.listening import Place, listen, url_of
from pipeline.settings import Settings

log = structlog.get_logger(__name__)


def run_board(settings: Settings) -> None:
    """Serve the board until SIGTERM or SIGINT. Logs must be configured by the caller.

    Raises CanNotListenError where the port is taken, and UnreadableTopicError where the topic can't be read and
    waiting would not help.
    """
    metrics = BoardMetrics()
    health = Health(metrics.registry)
    events = EventLog()
    view = StoryView(settings.board.max_stories, events.publish, story_meaning(settings))
    app = create_app(view, events, settings.board, metrics=metrics, health=health)
    door = open_door(settings.board, metrics.registry)
    server = BoardServer(app, events, door)
    tell_shape = partial(tell_topics, settings, (settings.kafka.topics.stories,))
    reader = StoryReader(settings.kafka, view, metrics, health, on_failure=server.end, on_topic=tell_shape)
    with listen(Place(settings.board.host, settings.board.port, "board.port")) as listening:
        reader.start()
        log.info("board starts", address=url_of(settings.board.host, listening))
        try:
            with ContactWatch(health.contacts, settings.metrics.contact_s, kafka=KafkaPing(settings.kafka)):
                server.run([listening])
        finally:
            reader.stop()
            log.info("board stopped", stories=len(view))
    if reader.failure is not None:
        raise reader.failure
