"""A store that speaks S3 and is none of ours (moto), and a client for it (boto3), as a program beside the test.

Prints its port, then answers a line for each line on its input, until that ends:

  download FOLDER   every object, as any tool would; says how many
  versions PREFIX   how many versions each key has, as JSON
  free              deletes the claims of writers, as an administrator does who knows that they are dead; says how many
  locked            puts an object under a lock and deletes its version before its time: "refused", or what came of it
  delete KEY        deletes all versions of an object by their ids, as whoever has the access key may: how many went, or "refused"
  expire KEY        lets the locks of an object end now, as if their time had passed
  refuses STATUS CODE COUNT   answers so to as many requests as come next, and does nothing of them
  ahead SECONDS     sets the store's clock that much ahead of the machine's, in what it says and in what it lets go

Verbs with BUCKET: before them are about another bucket: "leased" has object lock, too, and "plain" has none.
"""

import datetime
import json
import logging
import os
import sys
import time

import boto3
import moto.s3.models
from botocore.exceptions import ClientError
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.serving import WSGIRequestHandler

BUCKET = "calls"
BUCKETS = {"calls": True, "leased": True, "plain": False}
real_utcnow, real_date = moto.s3.models.utcnow, WSGIRequestHandler.date_time_string


def ahead(seconds):
    moto.s3.models.utcnow = lambda: real_utcnow() + datetime.timedelta(seconds=seconds)
    WSGIRequestHandler.date_time_string = lambda self, timestamp=None: real_date(self, time.time() + seconds)
    return "ahead"


refusing = {"status": "", "code": "", "left": 0}
real_call = DomainDispatcherApplication.__call__


def call(self, environ, start_response):
    # The client of this program is not refused.
    if refusing["left"] == 0 or "auditor" in environ.get("HTTP_AUTHORIZATION", ""):
        return real_call(self, environ, start_response)
    refusing["left"] -= 1
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response(refusing["status"] + " -", [("Content-Type", "application/xml")])
    return [f"<Error><Code>{refusing['code']}</Code></Error>".encode()]


DomainDispatcherApplication.__call__ = call


def refuses(status, code, count):
    refusing.update(status=status, code=code, left=int(count))
    return "refuses"


def download(client, bucket, folder):
    count = 0
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for listed in page.get("Contents", []):
            path = os.path.join(folder, listed["Key"])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            client.download_file(bucket, listed["Key"], path)
            count += 1
    return count


def delete(client, bucket, key):
    listed = client.list_object_versions(Bucket=bucket, Prefix=key)
    all_versions = listed.get("Versions", []) + listed.get("DeleteMarkers", [])
    try:
        for version in all_versions:
            client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    except ClientError as error:
        return "refused" if error.response["Error"]["Code"] == "AccessDenied" else str(error)
    return len(all_versions)


def expire(client, bucket, key):
    listed = client.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", [])
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    for version in listed:
        retention = {"Mode": "COMPLIANCE", "RetainUntilDate": past}
        client.put_object_retention(
            Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"], Retention=retention
        )
    return len(listed)


def versions(client, bucket, prefix):
    counts = {}
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for version in page.get("Versions", []) + page.get("DeleteMarkers", []):
            counts[version["Key"]] = counts.get(version["Key"], 0) + 1
    return json.dumps(counts)


def free(client):
    # What the dead one sent last may be on its way: the minute for which a claim stands is there for that.
    time.sleep(0.5)
    count = 0
    for bucket in BUCKETS:
        listed = client.list_object_versions(Bucket=bucket).get("Versions", [])
        for version in listed:
            if version["Key"].endswith("/writer"):
                client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
                count += 1
    return count


def locked(client):
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)
    put = client.put_object(
        Bucket=BUCKET, Key="locked", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until
    )
    try:
        client.delete_object(Bucket=BUCKET, Key="locked", VersionId=put["VersionId"])
    except ClientError as error:
        return "refused" if error.response["Error"]["Code"] == "AccessDenied" else str(error)
    return "deleted"


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="auditor",
        aws_secret_access_key="x",
    )
    for bucket, has_lock in BUCKETS.items():
        client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=has_lock)
    print(port, flush=True)
    for line in sys.stdin:
        bucket, _, rest = line.strip().rpartition(": ")
        bucket = bucket or BUCKET
        verb, _, of = rest.partition(" ")
        verbs = {
            "download": lambda: download(client, bucket, of),
            "versions": lambda: versions(client, bucket, of),
            "delete": lambda: delete(client, bucket, of),
            "expire": lambda: expire(client, bucket, of),
            "ahead": lambda: ahead(int(of)),
            "refuses": lambda: refuses(*of.split()),
            "free": lambda: free(client),
            "locked": lambda: locked(client),
        }
        print(verbs[verb](), flush=True)
    server.stop()


main()
