"""One call of an OpenAI-compatible chat completions endpoint, bounded in time and size."""

from __future__ import annotations

import time
from collections.abc import Sequence

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random

from pipeline.json_codec import from_json, to_json
from pipeline.settings import SummariserSettings

MAX_ANSWER_BYTES = 1_000_000
ATTEMPTS = 2


class EndpointError(Exception):
    """The endpoint gave no usable answer; the message says what came instead."""


class TransientEndpointError(EndpointError):
    """The endpoint may answer if asked again: it is busy or its connection broke."""


class ChatEndpoint:
    """The endpoint named by the settings. Not shared between threads."""

    def __init__(self, settings: SummariserSettings) -> None:
        if settings.url is None:
            raise ValueError("the summariser needs summariser.url")
        self._url = settings.url.rstrip("/") + "/chat/completions"
        self._model = settings.model
        self._timeout_s = settings.timeout_s
        headers = {"content-type": "application/json"}
        if settings.api_key:
            headers["authorization"] = f"Bearer {settings.api_key}"
        self._client = httpx.Client(headers=headers, timeout=settings.timeout_s, follow_redirects=False)

    def complete(self, messages: Sequence[dict[str, str]]) -> str:
        """The text of the model's answer. Raises EndpointError, at the latest after the time-out."""
        body = to_json(
            {
                "model": self._model,
                "messages": list(messages),
                "temperature": 0,
                "response_format": {"type": "json_object"},
            }
        )
        deadline = time.monotonic() + self._timeout_s
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random(0.05, 0.2),
            reraise=True,
            retry=retry_if_exception_type(TransientEndpointError),
        )
        return _content(retrying(self._post, body, deadline))

    def _post(self, body: bytes, deadline: float) -> bytes:
        left = deadline - time.monotonic()
        if left <= 0:
            raise EndpointError(f"{self._url}: no answer within {self._timeout_s} s")
        try:
            with self._client.stream("POST", self._url, content=body, timeout=left) as response:
                if response.status_code == 429 or response.status_code >= 500:
                    raise TransientEndpointError(f"{self._url}: status {response.status_code}")
                if response.status_code != 200:
                    raise EndpointError(f"{self._url}: status {response.status_code}, expected 200")
                return self._bounded(response, deadline)
        except httpx.TimeoutException:
            raise EndpointError(f"{self._url}: no answer within {self._timeout_s} s") from None
        except httpx.HTTPError as error:
            raise TransientEndpointError(f"{self._url}: {error!r}") from error

    def _bounded(self, response: httpx.Response, deadline: float) -> bytes:
        """httpx bounds each wait for bytes; a server that drips them is bounded here."""
        data = bytearray()
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > MAX_ANSWER_BYTES:
                raise EndpointError(f"{self._url}: answer of more than {MAX_ANSWER_BYTES} bytes")
            if time.monotonic() > deadline:
                raise EndpointError(f"{self._url}: no whole answer within {self._timeout_s} s")
        return bytes(data)


def _content(data: bytes) -> str:
    try:
        content = from_json(data)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise EndpointError(f"answer is no chat completion: {error!r}") from error
    if not isinstance(content, str):
        raise EndpointError(f"answer has content of type {type(content).__name__}, expected text")
    return content
