"""A store that speaks S3 and is none of ours (moto), and a client for it (boto3), as a program beside the test.

Prints its port, then answers a line for each line on its input, until that ends:

  download FOLDER   every object, as any tool would; says how many
  versions PREFIX   how many versions each key has, as JSON
  free              deletes the claims of writers, as an administrator does who knows that they are dead; says how many
  locked            puts an object under a lock and deletes its version before its time: "refused", or what came of it
"""

import datetime
import json
import logging
import os
import sys
import time

import boto3
from botocore.exceptions import ClientError
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

BUCKET = "calls"


def download(client, folder):
    count = 0
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for listed in page.get("Contents", []):
            path = os.path.join(folder, listed["Key"])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            client.download_file(BUCKET, listed["Key"], path)
            count += 1
    return count


def versions(client, prefix):
    counts = {}
    for page in client.get_paginator("list_object_versions").paginate(Bucket=BUCKET, Prefix=prefix):
        for version in page.get("Versions", []) + page.get("DeleteMarkers", []):
            counts[version["Key"]] = counts.get(version["Key"], 0) + 1
    return json.dumps(counts)


def free(client):
    # What the dead one sent last may be on its way: the minute for which a claim stands is there for that.
    time.sleep(0.5)
    listed = client.list_object_versions(Bucket=BUCKET).get("Versions", [])
    claims = [version for version in listed if version["Key"].endswith("/writer")]
    for version in claims:
        client.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
    return len(claims)


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
    client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    print(port, flush=True)
    for line in sys.stdin:
        verb, _, of = line.strip().partition(" ")
        verbs = {
            "download": lambda: download(client, of),
            "versions": lambda: versions(client, of),
            "free": lambda: free(client),
            "locked": lambda: locked(client),
        }
        print(verbs[verb](), flush=True)
    server.stop()


main()
