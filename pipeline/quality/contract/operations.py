"""Who does what on the topics, as AsyncAPI operations."""

from __future__ import annotations

from typing import Any, Literal

from pipeline.quality.contract.channels import BINDING_VERSION, reference
from pipeline.quality.contract.messages import MessageName
from pipeline.settings import KafkaSettings

_MESSAGE_OF = {
    "articles": MessageName.ARTICLE,
    "stories": MessageName.STORY,
    "dead_letters": MessageName.DEAD_LETTER,
}


def operations(settings: KafkaSettings) -> dict[str, Any]:
    """All operations of all roles; the tag names the role."""
    return {
        "producerSendsArticle": _operation(
            "producer", "send", "articles", "Feeds, HTTP and replay send articles; so can any other program."
        ),
        "clustererReceivesArticle": _operation(
            "clusterer", "receive", "articles", "Assigns each article to a story.", group=settings.group
        ),
        "clustererSendsDeadLetter": _operation(
            "clusterer", "send", "dead_letters", "Puts aside what is no valid article."
        ),
        "publisherSendsStory": _operation(
            "publisher", "send", "stories", "Publishes a revision of a story when its coverage has changed."
        ),
        "subscriberReceivesStory": _operation(
            "subscriber", "receive", "stories", "Follows the stories, as the board and any downstream service do."
        ),
        "operatorReceivesDeadLetter": _operation(
            "operator", "receive", "dead_letters", "Looks at dead letters, and sends them again once it is mended."
        ),
    }


def _operation(
    role: str, action: Literal["send", "receive"], channel: str, summary: str, group: str | None = None
) -> dict[str, Any]:
    operation = {
        "action": action,
        "summary": summary,
        "tags": [{"name": role}],
        "channel": reference("channels", channel),
        "messages": [reference("channels", channel, "messages", _MESSAGE_OF[channel].value)],
    }
    if group is None:
        return operation
    binding = {"groupId": {"type": "string", "const": group}, "bindingVersion": BINDING_VERSION}
    return {**operation, "bindings": {"kafka": binding}}
