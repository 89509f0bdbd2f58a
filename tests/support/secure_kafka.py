"""Apache Kafka behind TLS and a password."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.kafka import HOST, KafkaCluster, free_ports
from tests.support.tls import Certificate, make_certificate

USER, PASSWORD = "groundswell", "a-password-for-tests"

SECURE = """\
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port},SASL_SSL://{host}:{secure_port}
advertised.listeners=PLAINTEXT://{host}:{port},SASL_SSL://{host}:{secure_port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
user_{user}="{password}";
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
"""


class SecureKafka(KafkaCluster):
    """One node with a listener more, of which the clients are told."""

    def __init__(self, home: Path, directory: Path) -> None:
        super().__init__(home, directory)
        directory.mkdir(parents=True, exist_ok=True)
        self.certificate: Certificate = make_certificate(directory)
        self._keystore = directory / "keystore.pem"
        self._keystore.write_bytes(self.certificate.key.read_bytes() + self.certificate.certificate.read_bytes())
        (self._secure_port,) = free_ports(1)

    @property
    def bootstrap(self) -> str:
        """Of the secure listener."""
        return f"{HOST}:{self._secure_port}"

    def client(self, **changes: str) -> dict[str, Any]:
        """Value for `kafka.client`."""
        return {
            "security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN", "sasl_plain_username": USER,
            "sasl_plain_password": PASSWORD, "ssl_cafile": str(self.certificate.certificate), **changes,
        }  # fmt: skip

    def _settings(self, node: int) -> str:
        """What comes last in a file of properties wins."""
        return super()._settings(node) + SECURE.format(
            host=HOST, port=self._ports[node], controller_port=self._controller_ports[node],
            secure_port=self._secure_port, user=USER, password=PASSWORD, keystore=self._keystore,
        )  # fmt: skip
