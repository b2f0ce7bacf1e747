"""Ceph's object gateway (radosgw) as the store beside a test: a cluster of one monitor and one OSD in memory, on loopback.

Of three stores that speak S3 a hospital has this one in its own server room. It enforces what moto does not: who may do what in a
bucket, and that a lock in COMPLIANCE is shortened by nobody. `box` may do there what docs/copies.md says that its access key has to.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import time
import uuid

import boto3

# What docs/copies.md asks of the store's administrator: of the bucket, of its objects; with leases these besides.
OF_BUCKET = ["ListBucket", "ListBucketVersions", "GetBucketVersioning"]
OF_OBJECTS = ["GetObject", "PutObject", "DeleteObject", "DeleteObjectVersion"]
OF_LEASED_BUCKET = ["GetBucketObjectLockConfiguration"]
OF_LEASED_OBJECTS = [
    "GetObjectVersion",
    "GetObjectRetention",
    "PutObjectRetention",
    "GetObjectLegalHold",
    "PutObjectLegalHold",
]

# One copy of everything is enough for a test; names are not looked up, and nobody signs in to the cluster itself.
CONF = """
[global]
fsid = {fsid}
mon_host = [v1:127.0.0.1:{mon}/0]
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_allow_insecure_global_id_reclaim = true
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
run_dir = {folder}
admin_socket = {folder}/$name.asok
log_file = {folder}/$name.log
mon_data = {folder}/mon
osd_data = {folder}/osd
rgw_data = {folder}
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
mon_data_avail_warn = 2
mon_data_avail_crit = 1
rgw_frontends = beast endpoint=127.0.0.1:{port}
[mon.a]
mon_addr = 127.0.0.1:{mon}
"""

LIMIT_S = 120


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def dies_with_its_parent():
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Ceph:
    # It takes no end that is past.
    lock_ends_in_s = 60

    def __init__(self, folder, secret):
        self.folder, self.secret, self.port = folder, secret, free_port()
        self.conf = os.path.join(folder, "ceph.conf")
        fsid, mon = str(uuid.uuid4()), free_port()
        with open(self.conf, "w") as conf:
            conf.write(CONF.format(fsid=fsid, folder=folder, mon=mon, port=self.port))
        for name in ("mon", "osd"):
            os.mkdir(os.path.join(folder, name))
        keyring, monmap = os.path.join(folder, "keyring"), os.path.join(folder, "monmap")
        self.run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        self.run("monmaptool", "--create", "--addv", "a", f"[v1:127.0.0.1:{mon}]", "--fsid", fsid, monmap)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self.daemon("ceph-mon", "-i", "a", "-f")
        osd = str(uuid.uuid4())
        self.run("ceph", "osd", "new", osd)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self.daemon("ceph-osd", "-i", "0", "-f")
        self.daemon("radosgw", "-n", "client.rgw.a", "-f")
        self.until_it_listens()
        self.user("auditor")
        self.user("box")

    def environment(self):
        return dict(os.environ, CEPH_CONF=self.conf)

    def run(self, *command):
        done = subprocess.run(
            command, env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def daemon(self, *command):
        log = open(os.path.join(self.folder, f"{command[0]}.out"), "wb")
        subprocess.Popen(
            command,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=dies_with_its_parent,
        )

    def until_it_listens(self):
        limit = time.monotonic() + LIMIT_S
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                assert time.monotonic() < limit, f"radosgw does not listen; its words stand in {self.folder}"
                time.sleep(0.2)

    def user(self, name):
        key = ("--access-key", name, "--secret", self.secret)
        self.run("radosgw-admin", "user", "create", "--uid", name, "--display-name", name, *key)

    def client(self):
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="auditor",
            aws_secret_access_key=self.secret,
        )

    def lets_in(self, client, bucket, is_leased):
        """The box's key may do in this bucket what the page says, and no more."""
        of_bucket = OF_BUCKET + (OF_LEASED_BUCKET if is_leased else [])
        of_objects = OF_OBJECTS + (OF_LEASED_OBJECTS if is_leased else [])
        arn = f"arn:aws:s3:::{bucket}"
        # What the box puts is the box's: without this the owner of the bucket could not read it.
        rights = [("box", of_bucket, arn), ("box", of_objects, f"{arn}/*"), ("auditor", ["*"], f"{arn}/*")]
        statements = [
            {
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:aws:iam:::user/{name}"]},
                "Action": [f"s3:{act}" for act in acts],
                "Resource": [at],
            }
            for name, acts, at in rights
        ]
        policy = {"Version": "2012-10-17", "Statement": statements}
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    def stop(self):
        """Its daemons die with this program."""
