"""The list of all checks."""

from __future__ import annotations

from pipeline.runtime.doctor.clock import check_clock
from pipeline.runtime.doctor.disk import check_disk
from pipeline.runtime.doctor.groups import check_groups
from pipeline.runtime.doctor.identity import check_identity
from pipeline.runtime.doctor.kafka_server import check_broker_disks, check_kafka
from pipeline.runtime.doctor.letters import check_letters
from pipeline.runtime.doctor.outboxes import check_outboxes
from pipeline.runtime.doctor.positions import check_positions
from pipeline.runtime.doctor.reach import Need
from pipeline.runtime.doctor.redis_server import check_redis
from pipeline.runtime.doctor.rights import check_rights
from pipeline.runtime.doctor.running import Check
from pipeline.runtime.doctor.topics import check_topics

CHECKS = (
    Check("kafka", check_kafka, (Need.KAFKA,)),
    Check("disks of brokers", check_broker_disks, (Need.KAFKA,)),
    Check("topics", check_topics, (Need.KAFKA,)),
    Check("groups", check_groups, (Need.KAFKA,)),
    Check("dead letters", check_letters, (Need.KAFKA,)),
    Check("redis", check_redis, (Need.REDIS,)),
    Check("redis rights", check_rights, (Need.REDIS,)),
    Check("identity", check_identity, (Need.KAFKA, Need.REDIS)),
    Check("outboxes", check_outboxes, (Need.REDIS,)),
    Check("clock", check_clock, (Need.REDIS,)),
    Check("positions", check_positions, (Need.KAFKA, Need.REDIS)),
    Check("disk", check_disk),
)
