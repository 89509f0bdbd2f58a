"""All settings in one validated object: defaults, then the YAML file, then environment variables."""

from __future__ import annotations

import os
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, IPvAnyNetwork, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)
from pydantic_settings import SettingsError as SourceError

from groundswell import Connection
from pipeline.router_settings import RouterSettings
from pipeline.setting_errors import SettingsError, explain, explain_json, explain_variables
from pipeline.setting_forms import Brokers, Edition, HttpUrl, Language, Port, Positive, RedisUrl, Seconds, Section
from pipeline.setting_names import PREFIX, setting_names
from pipeline.webhook_settings import WebhooksSettings

CONFIG_VARIABLE = "GROUNDSWELL_CONFIG"
"""Names the YAML file; `--config` on the command line wins over it."""

_file: ContextVar[str | None] = ContextVar("settings file", default=None)
"""Of the `load_settings` under way: pydantic-settings asks the class for its sources, and tells it nothing."""


class EncoderBackend(StrEnum):
    """What runs the encoder."""

    AUTO = "auto"
    """The fastest on this machine: PyTorch on a GPU; else int8; else PyTorch."""
    OPENVINO_INT8 = "openvino-int8"
    """OpenVINO with quantised weights, on the CPU."""
    TORCH = "torch"
    """PyTorch with the full weights: on a GPU, else on the CPU, in bfloat16 where it computes that natively."""


class LostInput(StrEnum):
    """What a clusterer does when records that it has not read are gone, or their topic was made again."""

    STOP = "stop"
    """Commit nothing more and say so, until somebody decides."""
    START_OVER = "start_over"
    """Count what is missing and go on with the oldest record that is left."""


class SentenceMeaning(StrEnum):
    """How the publisher knows that two sentences say the same."""

    AUTO = "auto"
    """By the meaning of those about to be told, where an int8 encoder is there; else by words."""
    NEVER = "never"
    """By words."""


class SearchMeaning(StrEnum):
    """How the board's search finds stories."""

    AUTO = "auto"
    """By words, and by meaning where records tell vectors and an int8 encoder is there."""
    NEVER = "never"
    """By words."""


class BoardImages(StrEnum):
    """Whether the board shows pictures."""

    PROXY = "proxy"
    """It fetches those of stories itself and shows small ones of its own: no reader is seen by an outlet."""
    NEVER = "never"
    """It shows none, and connects to nothing but Kafka."""


class TopicSettings(Section):
    """Names and shape of the three topics."""

    articles: str = "articles"
    stories: str = "stories"
    dead_letters: str = "articles.dead-letter"
    articles_partitions: Positive = 12
    stories_partitions: Positive = 6
    dead_letters_partitions: Positive = 1
    replication_factor: Positive = 1
    articles_retention_s: Seconds = 14 * 86_400
    """Long enough to rebuild the live stories."""
    dead_letters_retention_s: Seconds = 30 * 86_400
    max_message_bytes: Positive = 8_388_608
    """Of every topic: an article that is too large must still fit to be dead-lettered."""


class KafkaSettings(Section):
    """How to reach Kafka; `client` is passed through to every kafka-python client."""

    bootstrap_servers: Brokers = Connection.bootstrap_servers
    topics: TopicSettings = TopicSettings()
    group: str = "groundswell-clusterer"
    session_timeout_ms: Positive = Connection.session_timeout_ms
    """6,000 is the least on a real Kafka; the embedded broker joins groups in half of this time."""
    client: dict[str, Any] = Field(default_factory=dict)
    """For example security_protocol, sasl_mechanism, sasl_plain_username, ssl_cafile."""

    @property
    def connection(self) -> Connection:
        """As clients that only read take it."""
        return Connection(
            self.bootstrap_servers, self.session_timeout_ms, self.topics.max_message_bytes, self.client
        )


class RedisSettings(Section):
    """How to reach Redis, and the edition whose stories it holds."""

    url: RedisUrl = "redis://127.0.0.1:6379/0"
    cluster: bool = False
    """`url` names a node of a Redis Cluster; the others are found through it."""
    edition: Edition = "main"
    """All keys of one edition share a hash tag."""
    retention_s: Seconds = 30 * 86_400
    """How long ids of articles and of ended stories are still known."""
    must_persist: bool = True
    """False: a Redis that keeps nothing on disk is accepted, as in the demo."""
    wait_s: Annotated[float, Field(ge=0)] = 60.0
    """How long a role waits for a Redis that does not answer, before it ends: longer than a failover takes."""


class EncoderSettings(Section):
    """The sentence encoder."""

    model: str = "intfloat/multilingual-e5-small"
    """Hugging Face id or a path. `sentence-transformers/all-MiniLM-L6-v2` is English only and faster."""
    backend: EncoderBackend = EncoderBackend.AUTO
    """Quantised and full weights are two encoders: name one where clusterers run on unlike machines."""
    threads: Annotated[int, Field(ge=0)] = 0
    """0: as many as there are cores."""


class ClustererSettings(Section):
    """The clusterer."""

    batch_size: Positive = 64
    """Articles encoded and committed at once, at most, where not many more wait."""
    max_batch_size: Positive = 512
    """The same in a backlog: a batch takes up to a quarter of what waits."""
    batch_wait_s: Seconds = 0.2
    """How long to wait for the next article before looking round; what has come goes on at once."""
    sweep_every: Positive = 256
    """Articles between two sweeps (repair and expiry)."""
    sweep_idle_s: Seconds = 2.0
    """Without new articles, a sweep follows this long after the one before."""
    quiet_time_s: Seconds = 5 * 86_400
    """A story without coverage for this long is closed."""
    quiet_articles: Positive = 200_000
    """So is one that gets none of so many articles, which bounds the live stories where nothing is dated."""
    max_text_chars: Positive = 200_000
    """A longer text is a dead letter."""
    lead_chars: Positive = 1_500
    """How much of each text the store keeps, for summaries."""
    lost_input: LostInput = LostInput.STOP
    """When unread articles are gone from their topic, or the topic was made again: stop, or start over."""


class PublisherSettings(Section):
    """The publisher."""

    min_sources: Positive = 2
    """A story is published from this many outlets on; 1 publishes singletons too."""
    interval_s: Annotated[float, Field(ge=0)] = 5.0
    """At most one revision of a story in this time."""
    settle_s: Annotated[float, Field(ge=0)] = 0.5
    """Wait this long after a change, so that a burst becomes one revision."""
    shards: Positive = 2
    """Parts of the outbox; as many publishers can work at once."""
    lease_s: Seconds = 10.0
    """A shard whose publisher is silent for this long is taken over."""
    language: Language | None = None
    """The edition's language, ISO 639-1: headlines in it are preferred. Unset: the story's own."""
    max_articles: Positive = 500
    """Members listed in a record; the counts are always of all."""
    kept_members: Annotated[int, Field(ge=0)] = 50_000
    """Members of large stories that a publisher keeps in memory, some 3 KB each, of all stories together: of such
    a story it reads only what changed. 0: all members are read for each revision."""
    sentence_meaning: SentenceMeaning = SentenceMeaning.AUTO
    """`auto` takes the int8 form of `encoder.model`."""
    story_vectors: bool = False
    """True: records tell their stories' vectors. The clusterers keep them for that: theirs must say so."""


class ApiKey(Section):
    """A key for the board's API."""

    name: str
    """Whose it is; for you."""
    key: Annotated[str, Field(min_length=16)]
    per_minute: Annotated[int, Field(ge=0)] = 600
    """Requests with it; 0: no bound."""


class BoardSettings(Section):
    """The board."""

    host: str = "127.0.0.1"
    port: Port = 8080
    page_size: Positive = 50
    max_stories: Positive = 20_000
    """Stories kept in the board's view; the longest quiet ones go first."""
    connections_per_address: Positive = 256
    """Waiting, and as many under way (live updates among them); behind a proxy they all come from its address."""
    head_timeout_s: Seconds = 10.0
    public_url: HttpUrl | None = None
    """Where readers reach the board, for feeds and previews; unset: the address that was asked."""
    api_keys: tuple[ApiKey, ...] = ()
    """Who brings one has a quota of its own."""
    api_needs_key: bool = False
    """True: no answer of the API without a key. Pages and their live updates stay open."""
    api_rate_per_address: Annotated[int, Field(ge=0)] = 0
    """Requests a minute from one address without a key; 0: no bound."""
    search_meaning: SearchMeaning = SearchMeaning.AUTO
    """`auto` takes the int8 form of `encoder.model`, for queries alone; see `publisher.story_vectors`."""
    images: BoardImages = BoardImages.NEVER
    """Outlets' pictures are theirs: show them where you may."""
    image_cache_bytes: Positive = 64_000_000
    """Memory for small pictures, of some 60 KB each; the one that was not asked for longest goes first."""
    allow_addresses: tuple[IPvAnyNetwork, ...] = ()
    """Networks, as in 10.20.0.0/16, that pictures may come from although they are not public."""


class FeedsSettings(Section):
    """The feeds producer."""

    opml: Path | None = None
    """List of feeds; the shipped `configs/feeds.opml` when unset."""
    state: Path | None = None
    """File for what must survive a restart; `$XDG_STATE_HOME/groundswell/feeds.db` when unset."""
    interval_s: Seconds = 300.0
    """Between two visits of a busy feed; none is visited more often."""
    max_interval_s: Seconds = 3_600.0
    """Between two visits of a quiet feed. Not above `interval_s`: all feeds are visited at that."""
    timeout_s: Seconds = 15.0
    concurrency: Positive = 16
    max_bytes: Positive = 10_000_000
    """A larger feed is refused."""
    page_delay_s: Seconds = 2.0
    """Between two pages of one host, for feeds that want whole texts; longer where robots.txt says so."""
    pages_per_visit: Positive = 20
    """Pages of one feed that one visit fetches; articles beyond wait for the next."""
    user_agent: str = "Groundswell/0.1"
    allow_addresses: tuple[IPvAnyNetwork, ...] = ()
    """Networks, as in 10.20.0.0/16, that feeds may come from although they are not public."""


class HttpSettings(Section):
    """The HTTP producer."""

    host: str = "127.0.0.1"
    port: Port = 8090
    token: str | None = None
    """Bearer token; the producer refuses to start without one."""
    max_items: Positive = 1_000
    max_bytes: Positive = 16_000_000
    rate_per_token: Annotated[int, Field(ge=0)] = 6_000
    """Requests a minute with one token; 0: no bound."""
    connections_per_address: Positive = 64
    """Waiting, and as many under way; behind a proxy they all come from its address."""
    head_timeout_s: Seconds = 10.0
    body_timeout_s: Seconds = 60.0
    """For the whole body: a client that drips must not hold a place for ever."""


class OutletSettings(Section):
    """Ratings of outlets."""

    table: Path | None = None
    """CSV of outlets; the shipped `configs/outlets.csv` when unset."""
    rater: str | None = None
    """Whose ratings to use; unset: the best known rater of each outlet."""


class MetricsSettings(Section):
    """Where each role serves /metrics, /healthz and /readyz, and what ready means."""

    host: str = "127.0.0.1"
    clusterer_port: Port = 9101
    publisher_port: Port = 9102
    feeds_port: Port = 9103
    webhooks_port: Port = 9104
    router_port: Port = 9105
    contact_s: Annotated[float, Field(ge=1)] = 10.0
    """A role is not ready where Kafka or Redis last answered longer ago than this."""


class SummariserSettings(Section):
    """Optional language-model summaries through an OpenAI-compatible endpoint."""

    url: HttpUrl | None = None
    """For example http://127.0.0.1:8000/v1; unset: extractive summaries."""
    model: str = "default"
    api_key: str | None = None
    timeout_s: Seconds = 20.0


class Settings(BaseSettings):
    """Everything that can be set. Environment: GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS and so on."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        use_attribute_docstrings=True,
    )

    kafka: KafkaSettings = KafkaSettings()
    redis: RedisSettings = RedisSettings()
    encoder: EncoderSettings = EncoderSettings()
    clusterer: ClustererSettings = ClustererSettings()
    publisher: PublisherSettings = PublisherSettings()
    board: BoardSettings = BoardSettings()
    feeds: FeedsSettings = FeedsSettings()
    http: HttpSettings = HttpSettings()
    webhooks: WebhooksSettings = WebhooksSettings()
    router: RouterSettings = RouterSettings()
    outlets: OutletSettings = OutletSettings()
    metrics: MetricsSettings = MetricsSettings()
    summariser: SummariserSettings = SummariserSettings()
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file over defaults; what code passes in wins over all."""
        path = _file.get()
        file = (YamlConfigSettingsSource(settings_cls, yaml_file=path),) if path else ()
        return (init_settings, env_settings, *file)


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings, from this file or the one that GROUNDSWELL_CONFIG names; variables win over it.

    Raises SettingsError with one line per bad value: where it stands, what was seen and what was expected.
    """
    named = str(path) if path else os.environ.get(CONFIG_VARIABLE)
    _check_file(named)
    names = tuple(setting_names(Settings))
    if misnamed := explain_variables(names, os.environ):
        raise SettingsError.of(misnamed)
    before = _file.set(named)
    try:
        return Settings()
    except ValidationError as error:
        raise explain(error, names, os.environ) from None
    except SourceError as error:  # a variable that should hold JSON does not
        raise SettingsError.of(explain_json(names, os.environ) or [str(error)]) from None
    finally:
        _file.reset(before)


def _where(error: Exception) -> str:
    """Line, column and what is wrong there, without an excerpt: it may hold a password."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(error)
    return f"line {mark.line + 1}, column {mark.column + 1}: {getattr(error, 'problem', '') or 'unreadable'}"


def _check_file(named: str | None) -> None:
    """The settings file exists and is a table of sections; an empty one is fine."""
    if not named:
        return
    if not Path(named).is_file():
        raise SettingsError(f"settings file {named} does not exist (from --config or {CONFIG_VARIABLE})")
    try:
        content = yaml.safe_load(Path(named).read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date that is none is a ValueError
        raise SettingsError(f"settings file {named} is not valid YAML: {_where(error)}") from None
    if not isinstance(content, dict | None):
        kind = type(content).__name__
        raise SettingsError(f"settings file {named} must hold sections (`kafka:` ...), not a {kind}")
    for name in content or ():
        if not isinstance(name, str):
            raise SettingsError(f"settings file {named} has a section called {name!r}; names are text")
