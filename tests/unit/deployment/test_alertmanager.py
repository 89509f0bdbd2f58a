"""Who is told of an alert: nobody until a variable names one, then each that is named."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.unit.deployment.names import PROMETHEUS, ROOT
from tests.unit.deployment.test_compose import compose

Made = Callable[..., Path]
NAMED = {
    "webhook": {"ALERT_WEBHOOK_URL": "https://alerts.example/hook?a=1&b=2"},
    "slack": {"ALERT_SLACK_URL": "https://slack.example/services/T/B/X"},
    "email": {"ALERT_EMAIL_TO": "desk@news.example", "ALERT_SMTP_HOST": "mail.example:587"},
}


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Alertmanager's configuration, as Compose makes it from these variables."""
    program = compose()

    def make(**variables: str) -> Path:
        others = {name: value for name, value in os.environ.items() if not name.startswith("ALERT_")}
        done = subprocess.run(
            [program, "-f", ROOT / "docker-compose.yml", "config", "--format", "json"],
            env=others | variables, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        file = tmp_path / "alertmanager.yml"
        file.write_text(json.loads(done.stdout)["configs"]["alertmanager"]["content"].replace("$$", "$"))
        return file

    return make


def amtool(*arguments: str | Path) -> str:
    program = shutil.which("amtool") or pytest.skip("no amtool (Debian package prometheus-alertmanager)")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def told(config: Path) -> set[str]:
    """Who is told of an alert."""
    return set(amtool("config", "routes", "test", f"--config.file={config}", "alertname=Any").strip().split(","))


def test_without_a_contact_alerts_are_only_shown(made: Made) -> None:
    config = made()
    amtool("check-config", config)
    assert told(config) == {"shown"}
    receivers = {each["name"]: each for each in yaml.safe_load(config.read_text())["receivers"]}
    assert receivers["shown"] == {"name": "shown"}


@pytest.mark.parametrize("contact", NAMED)
def test_a_contact_that_a_variable_names_is_told(contact: str, made: Made) -> None:
    config = made(**NAMED[contact])
    amtool("check-config", config)
    assert told(config) == {contact}
    assert set(NAMED[contact].values()) <= set(re.findall(r'"([^"]*)"', config.read_text()))


def test_each_of_several_contacts_is_told(made: Made) -> None:
    config = made(**{name: value for each in NAMED.values() for name, value in each.items()})
    assert told(config) == set(NAMED)


def test_alerts_that_are_silenced_by_another_exist(made: Made) -> None:
    rules = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"][0]["rules"]
    [inhibition] = yaml.safe_load(made().read_text())["inhibit_rules"]
    named = re.findall(r"Groundswell\w+", str(inhibition))
    assert len(named) == 3
    assert set(named) <= {rule["alert"] for rule in rules}


def test_prometheus_finds_it_where_compose_runs_it() -> None:
    [found] = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["alerting"]["alertmanagers"]
    assert found["dns_sd_configs"][0]["names"] == ["alertmanager"]
    assert found["dns_sd_configs"][0]["port"] == 9093
