"""The IPTC's Media Topics that stories are told by: the 17 at the top, with the IPTC's English names."""

from __future__ import annotations

MEDIA_TOPICS = {
    "01000000": "arts, culture, entertainment and media",
    "02000000": "crime, law and justice",
    "03000000": "disaster, accident and emergency incident",
    "04000000": "economy, business and finance",
    "05000000": "education",
    "06000000": "environment",
    "07000000": "health",
    "08000000": "human interest",
    "09000000": "labour",
    "10000000": "lifestyle and leisure",
    "11000000": "politics and government",
    "12000000": "religion",
    "13000000": "science and technology",
    "14000000": "society",
    "15000000": "sport",
    "16000000": "conflict, war and peace",
    "17000000": "weather",
}
"""By code. A record may name others, once the next level is told too."""

SCHEME = "medtop:"


def topic_id(code: str) -> str:
    """As records have it: `medtop:15000000`."""
    return SCHEME + code


def called(topic: str, name: str) -> frozenset[str]:
    """All that somebody may call the topic of this id."""
    return frozenset((topic, topic.removeprefix(SCHEME), name.lower()))
