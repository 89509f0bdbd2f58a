"""The Helm chart without a cluster: what it renders is valid, runs our roles, and has few rights."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tomllib
from typing import Any

import pytest
import yaml

from pipeline.settings import Settings
from tests.unit.deployment.names import PROMETHEUS, ROOT
from tests.unit.deployment.test_commands import resolves
from tests.unit.deployment.test_compose import SERVICES

CHART = ROOT / "deploy" / "helm" / "groundswell"
EVERYTHING = (
    "backup.enabled=true", "podMonitor.enabled=true", "prometheusRule.enabled=true", "autoscaling.enabled=true",
    "roles.http.enabled=true", "roles.webhooks.enabled=true", "roles.router.enabled=true",
    "existingTlsSecret=tls", "existingFeeds=feeds", "config.redis.edition=sport",
    "image.registry=registry.example/news/", "image.pullSecrets[0].name=pull",
)  # fmt: skip
OTHERS = {"PodMonitor", "PrometheusRule", "ScaledObject"}
"""Kinds that operators bring; Kubernetes has no schema for them."""
Object = dict[str, Any]


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it; skips the test where there is none."""
    program = os.environ.get("HELM") or shutil.which(ROOT / ".venv" / "helm" / "helm") or shutil.which("helm")
    if program is None:
        pytest.skip("no helm, which `make test` unpacks on Linux and HELM names")
    return subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)


@functools.cache
def rendered(*values: str) -> list[Object]:
    """What the chart makes of these values."""
    done = helm("template", "news", str(CHART), *(part for each in values for part in ("--set", each)))
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def of_kind(kind: str, *values: str) -> dict[str, Object]:
    return {each["metadata"]["name"]: each for each in rendered(*values) if each["kind"] == kind}


def pods() -> dict[str, Object]:
    """The pod of each workload, with everything on."""
    found = {name: each["spec"]["template"]["spec"] for name, each in of_kind("Deployment", *EVERYTHING).items()}
    found |= {name: each["spec"]["template"]["spec"] for name, each in of_kind("Job", *EVERYTHING).items()}
    for name, each in of_kind("CronJob", *EVERYTHING).items():
        found[name] = each["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return found


def containers() -> dict[str, Object]:
    return {
        f"{name}/{each['name']}": each
        for name, pod in pods().items()
        for each in [*pod.get("initContainers", []), *pod["containers"]]
    }


def ours() -> dict[str, Object]:
    """Containers that run our image."""
    return {name: each for name, each in containers().items() if "args" in each}


def test_helm_finds_nothing_to_improve() -> None:
    done = helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout


def test_what_it_renders_is_what_kubernetes_takes() -> None:
    import kubernetes_validate

    for each in rendered(*EVERYTHING):
        if each["kind"] not in OTHERS:
            kubernetes_validate.validate(each, "1.36", strict=True)


def test_a_mistake_in_the_chart_would_be_noticed() -> None:
    import kubernetes_validate

    deployment = of_kind("Deployment")["news-publisher"]
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            {**deployment, "spec": {**deployment["spec"], "replica": 2}}, "1.36", strict=True
        )


def test_as_it_comes_it_runs_the_roles_and_brings_nothing_that_needs_an_operator() -> None:
    assert {each["kind"] for each in rendered()} & OTHERS == set()
    assert set(of_kind("Deployment")) == {f"news-{each}" for each in ("clusterer", "publisher", "board", "feeds")}
    assert of_kind("CronJob") == {}


def test_each_container_runs_a_command_that_exists_from_an_image_that_is_built() -> None:
    targets = set(re.findall(r"(?m)^FROM runtime AS (\w+)$", (ROOT / "Dockerfile").read_text()))
    assert len(ours()) == 9
    for name, each in ours().items():
        assert resolves(each["args"]), name
        image = re.fullmatch(r"registry\.example/news/groundswell-(\w+):(.+)", each["image"])
        assert image
        assert image[1] in targets
        assert image[2] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_settings_are_real_and_reach_each_container(monkeypatch: pytest.MonkeyPatch) -> None:
    (config,) = {each["data"]["groundswell.yaml"] for each in of_kind("ConfigMap", *EVERYTHING).values()
                 if "groundswell.yaml" in each["data"]}  # fmt: skip
    assert Settings.model_validate(yaml.safe_load(config)).redis.edition == "sport"
    for name, each in ours().items():
        variables = {one["name"]: one["value"] for one in each["env"]}
        assert variables.pop("GROUNDSWELL_CONFIG") == "/etc/groundswell/config/groundswell.yaml"
        assert "/etc/groundswell/config" in {mount["mountPath"] for mount in each["volumeMounts"]}
        for variable, value in variables.items():
            monkeypatch.setenv(variable, value)
        Settings()  # refuses what is no setting
        assert each["envFrom"] == [{"secretRef": {"name": "groundswell"}}], name


def test_roles_are_asked_for_health_where_they_answer() -> None:
    settings = Settings.model_construct()
    wanted = {
        "clusterer": settings.metrics.clusterer_port, "publisher": settings.metrics.publisher_port,
        "feeds": settings.metrics.feeds_port, "board": settings.board.port, "http": settings.http.port,
        "webhooks": settings.metrics.webhooks_port, "router": settings.metrics.router_port,
    }  # fmt: skip
    for role, port in wanted.items():
        each = containers()[f"news-{role}/{role}"]
        assert each["ports"] == [{"name": "http", "containerPort": port}]
        assert str(port) in {one["value"] for one in each["env"]}, "a named port does not give way to another"
        paths = {kind: each[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
        assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
        assert each["startupProbe"]["failureThreshold"] * each["startupProbe"]["periodSeconds"] >= 120


def test_containers_have_no_more_rights_than_they_need_and_bounds() -> None:
    for name, each in containers().items():
        assert each["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }, name  # fmt: skip
        assert each["resources"]["requests"]["memory"]
        assert each["resources"]["limits"]["memory"]
    for pod in pods().values():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == 10001, "as in the Dockerfile"
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        assert pod["imagePullSecrets"] == [{"name": "pull"}]


def test_what_is_mounted_is_there() -> None:
    made = {kind: set(of_kind(kind, *EVERYTHING)) for kind in ("ConfigMap", "PersistentVolumeClaim")}
    for pod in pods().values():
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        for each in [*pod.get("initContainers", []), *pod["containers"]]:
            assert {mount["name"] for mount in each["volumeMounts"]} <= set(volumes)
        for volume in volumes.values():
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in made["PersistentVolumeClaim"]
            if "configMap" in volume:
                assert volume["configMap"]["name"] in made["ConfigMap"] | {"feeds"}


def test_passwords_come_from_secrets_that_exist_and_are_refused_in_the_settings() -> None:
    assert of_kind("Secret", *EVERYTHING) == {}
    done = helm("template", "news", str(CHART), "--set", "config.redis.url=redis://:password@redis")
    assert done.returncode != 0
    assert "config" in done.stderr


@pytest.mark.parametrize(
    "mistake",
    [
        "roles.clusterers.replicas=2",
        "roles.feeds.replicas=2",
        "roles.webhooks.replicas=2",
        "replicas=3",
        "roles.router=null",
    ],
)
def test_values_that_can_not_be_meant_are_refused(mistake: str) -> None:
    assert helm("template", "news", str(CHART), "--set", mistake).returncode != 0


def test_budgets_services_and_monitors_find_their_pods() -> None:
    labels = [
        each["spec"]["template"]["metadata"]["labels"] for each in of_kind("Deployment", *EVERYTHING).values()
    ]

    def found(selector: dict[str, str]) -> int:
        return sum(selector.items() <= each.items() for each in labels)

    budgets = of_kind("PodDisruptionBudget", *EVERYTHING)
    assert set(budgets) == {f"news-{each}" for each in ("clusterer", "publisher", "board", "http", "router")}
    assert {found(each["spec"]["selector"]["matchLabels"]) for each in budgets.values()} == {1}
    services = of_kind("Service", *EVERYTHING)
    assert {found(each["spec"]["selector"]) for each in services.values()} == {1}
    (monitor,) = of_kind("PodMonitor", *EVERYTHING).values()
    assert found(monitor["spec"]["selector"]["matchLabels"]) == len(labels)
    relabelled = {each["targetLabel"]: each for each in monitor["spec"]["podMetricsEndpoints"][0]["relabelings"]}
    assert relabelled["edition"]["replacement"] == "sport"
    assert set(relabelled) == {"job", "edition"}


def test_topics_and_edition_are_applied_before_the_roles_of_a_release_and_of_a_rollback() -> None:
    (job,) = of_kind("Job").values()
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade,pre-rollback"
    pod = job["spec"]["template"]["spec"]
    assert pod["initContainers"][0]["args"] == ["topics", "apply"]
    assert pod["containers"][0]["args"] == ["edition", "apply"]


def test_a_release_of_routers_alone_takes_the_clusterers_image_and_makes_no_edition() -> None:
    others = [f"roles.{each}.enabled=false" for each in ("clusterer", "publisher", "board", "feeds")]
    routers = ("roles.router.enabled=true", "config.router.default=articles.en")
    (router,) = of_kind("Deployment", *others, *routers).values()
    image = router["spec"]["template"]["spec"]["containers"][0]["image"]
    assert SERVICES["router"]["build"]["target"] == image.partition(":")[0].removeprefix("groundswell-")
    (job,) = of_kind("Job", *others, *routers).values()
    pod = job["spec"]["template"]["spec"]
    assert [each["args"] for each in pod["containers"]] == [["topics", "apply"]]
    assert "initContainers" not in pod


def test_a_role_may_have_a_secret_of_its_own() -> None:
    found = of_kind("Deployment", "roles.publisher.existingSecret=as-publisher")
    secrets = {
        name: each["spec"]["template"]["spec"]["containers"][0]["envFrom"][0]["secretRef"]["name"]
        for name, each in found.items()
    }
    assert secrets.pop("news-publisher") == "as-publisher"
    assert set(secrets.values()) == {"groundswell"}


def test_names_that_look_like_numbers_stay_texts_and_large_numbers_stay_whole() -> None:
    import kubernetes_validate

    texts = {
        "existingSecret": "007", "existingTlsSecret": "1e3", "existingFeeds": "true",
        "backup.existingSecret": "12", "autoscaling.authenticationRef": "yes",
        "config.kafka.group": "34", "config.kafka.topics.articles": "null",
    }  # fmt: skip
    numbers = {"autoscaling.lag": 2_000_000, "backup.keep": 1_000_000}
    switches = ("--set", "autoscaling.enabled=true,backup.enabled=true")
    named = [part for each in texts.items() for part in ("--set-string", "=".join(each))]
    counted = [part for name, each in numbers.items() for part in ("--set", f"{name}={each}")]
    done = helm("template", "news", str(CHART), *switches, *named, *counted)
    assert done.returncode == 0, done.stderr
    made = {each["kind"]: each for each in yaml.safe_load_all(done.stdout) if each}
    for each in (made["Deployment"], made["CronJob"], made["Job"]):
        kubernetes_validate.validate(each, "1.36", strict=True)
    (trigger,) = made["ScaledObject"]["spec"]["triggers"]
    told = trigger["metadata"]
    assert (told["consumerGroup"], told["topic"], told["lagThreshold"]) == ("34", "null", "2000000")
    assert trigger["authenticationRef"] == {"name": "yes"}
    (backup,) = made["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert {"name": "BACKUP_KEEP", "value": "1000000"} in backup["env"]


def test_scaling_goes_by_the_lag_of_the_clusterers_and_leaves_their_number_alone() -> None:
    (scaled,) = of_kind("ScaledObject", *EVERYTHING).values()
    settings = Settings.model_construct()
    trigger = scaled["spec"]["triggers"][0]["metadata"]
    assert (trigger["topic"], trigger["consumerGroup"]) == (settings.kafka.topics.articles, settings.kafka.group)
    assert scaled["spec"]["maxReplicaCount"] <= settings.kafka.topics.articles_partitions
    clusterer = of_kind("Deployment", *EVERYTHING)[scaled["spec"]["scaleTargetRef"]["name"]]
    assert "replicas" not in clusterer["spec"]
    assert of_kind("Deployment")["news-clusterer"]["spec"]["replicas"] == 2


def test_backups_and_alerts_are_those_of_compose() -> None:
    script = of_kind("ConfigMap", *EVERYTHING)["news-backup"]["data"]["backup.sh"]
    assert script.strip() == (ROOT / "deploy" / "redis" / "backup.sh").read_text().strip()
    assert containers()["news-backup/backup"]["image"] == SERVICES["redis"]["image"]
    (rule,) = of_kind("PrometheusRule", *EVERYTHING).values()
    assert rule["spec"] == yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())
