"""A store that speaks S3 and is none of ours, and a client for it (boto3), as a program beside the test.

  store_peer.py moto                   moto (Apache-2.0)
  store_peer.py ceph FOLDER SECRET     Ceph's object gateway, in that empty folder, with that secret for all access keys

Prints its port, then answers a line for each line on its input, until that ends:

  download FOLDER   every object, as any tool would; says how many
  versions PREFIX   how many versions each key has, as JSON
  free              deletes the claims of writers, as an administrator does who knows that they are dead; says how many
  locked            puts an object under a lock and deletes its version before its time: "refused", or what came of it
  delete KEY        deletes all versions of an object by their ids, as whoever has the access key may: how many went, or "refused"
  expire KEY        lets the locks of an object end now: how many, or "refused" as by a store that keeps COMPLIANCE
  refuses STATUS CODE COUNT   answers so to as many requests as come next, and does nothing of them (moto alone)
  ahead SECONDS     sets the store's clock that much ahead of the machine's, in what it says and in what it lets go (moto alone)

Verbs with BUCKET: before them are about another bucket: "leased" has object lock, too, and "plain" has none.
"""

import datetime
import json
import os
import sys
import time

from botocore.exceptions import ClientError

BUCKET = "calls"
BUCKETS = {"calls": True, "leased": True, "plain": False}


def unless_refused(done):
    try:
        return done()
    except ClientError as error:
        return "refused" if error.response["Error"]["Code"] == "AccessDenied" else str(error)


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

    def delete_all():
        for version in all_versions:
            client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
        return len(all_versions)

    return unless_refused(delete_all)


def expire(client, bucket, key, seconds):
    listed = client.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", [])
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)

    def expire_all():
        for version in listed:
            retention = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
            client.put_object_retention(
                Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"], Retention=retention
            )
        return len(listed)

    return unless_refused(expire_all)


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

    def delete_it():
        client.delete_object(Bucket=BUCKET, Key="locked", VersionId=put["VersionId"])
        return "deleted"

    return unless_refused(delete_it)


def store_of(which, *of):
    if which == "ceph":
        from store_ceph import Ceph

        return Ceph(*of)
    from store_moto import Moto

    return Moto()


def main():
    store = store_of(*sys.argv[1:])
    client = store.client()
    for bucket, has_lock in BUCKETS.items():
        client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=has_lock)
        store.lets_in(client, bucket, bucket == "leased")
    print(store.port, flush=True)
    for line in sys.stdin:
        bucket, _, rest = line.strip().rpartition(": ")
        bucket = bucket or BUCKET
        verb, _, of = rest.partition(" ")
        verbs = {
            "download": lambda: download(client, bucket, of),
            "versions": lambda: versions(client, bucket, of),
            "delete": lambda: delete(client, bucket, of),
            "expire": lambda: expire(client, bucket, of, store.lock_ends_in_s),
            "ahead": lambda: store.ahead(int(of)),
            "refuses": lambda: store.refuses(*of.split()),
            "free": lambda: free(client),
            "locked": lambda: locked(client),
        }
        print(verbs[verb](), flush=True)
    store.stop()


main()
