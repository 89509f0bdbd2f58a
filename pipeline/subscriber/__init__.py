"""Follows stories from Python: what a downstream service imports.

    with Subscriber("127.0.0.1:9092") as stories:
        for story in stories:
            print(story.title, story.source_count)

Nothing of the clustering is imported with it, only the record, the Kafka client and this.
"""

from pipeline.subscriber.decoding import Fault, UnusableRecordError, decode
from pipeline.subscriber.intake import Counts
from pipeline.subscriber.observer import Observer
from pipeline.subscriber.source import CommitError, ConnectError
from pipeline.subscriber.subscriber import Subscriber

__all__ = [
    "CommitError",
    "ConnectError",
    "Counts",
    "Fault",
    "Observer",
    "Subscriber",
    "UnusableRecordError",
    "decode",
]
