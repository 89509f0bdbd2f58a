"""The IPTC's Media Topics that stories are told by, in its English names: the 17 at the top, some of the next."""

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
"""By code. A record may name others."""

NARROWER_TOPICS = {
    "20000002": ("01000000", "arts and entertainment"),
    "20000038": ("01000000", "culture"),
    "20000045": ("01000000", "mass media"),
    "20000082": ("02000000", "crime"),
    "20000106": ("02000000", "judiciary"),
    "20000121": ("02000000", "law"),
    "20000129": ("02000000", "law enforcement"),
    "20000139": ("03000000", "accident and emergency incident"),
    "20000148": ("03000000", "disaster"),
    "20000168": ("03000000", "emergency response"),
    "20000209": ("04000000", "economic sector"),
    "20000344": ("04000000", "economy"),
    "20000385": ("04000000", "market and exchange"),
    "20000170": ("04000000", "business information"),
    "20000418": ("06000000", "climate change"),
    "20000420": ("06000000", "conservation"),
    "20000424": ("06000000", "environmental pollution"),
    "20000430": ("06000000", "natural resources"),
    "20000441": ("06000000", "nature"),
    "20000500": ("08000000", "animal"),
    "20000505": ("08000000", "celebrity"),
    "20000503": ("08000000", "human mishap"),
    "20000499": ("08000000", "record and achievement"),
    "20000509": ("09000000", "employment"),
    "20000524": ("09000000", "labour relations"),
    "20000523": ("09000000", "labour market"),
    "20000574": ("11000000", "election"),
    "20000587": ("11000000", "fundamental rights"),
    "20000593": ("11000000", "government"),
    "20000621": ("11000000", "government policy"),
    "20000638": ("11000000", "international relations"),
    "20000649": ("11000000", "political process"),
    "20000648": ("11000000", "political dissent"),
    "20000710": ("13000000", "biomedical science"),
    "20000717": ("13000000", "natural science"),
    "20000735": ("13000000", "scientific research"),
    "20000756": ("13000000", "technology and engineering"),
    "20000053": ("16000000", "act of terror"),
    "20000056": ("16000000", "armed conflict"),
    "20000065": ("16000000", "civil unrest"),
    "20000073": ("16000000", "peace process"),
}
"""Of the next level, by code: the topic that each is part of, and its name. Health, sport, society, education,
religion, lifestyle and weather have none: there were too few stories to measure them by."""

SCHEME = "medtop:"


def topic_name(code: str) -> str | None:
    """What the topic with this code is called; None where it is none of these."""
    return MEDIA_TOPICS.get(code) or NARROWER_TOPICS.get(code, ("", None))[1]


def topic_id(code: str) -> str:
    """As records have it: `medtop:15000000`."""
    return SCHEME + code


def broader_id(code: str) -> str | None:
    """Id of the topic that this one is part of; None at the top."""
    return topic_id(NARROWER_TOPICS[code][0]) if code in NARROWER_TOPICS else None


def called(topic: str, name: str) -> frozenset[str]:
    """All that somebody may call the topic of this id."""
    return frozenset((topic, topic.removeprefix(SCHEME), name.lower()))
