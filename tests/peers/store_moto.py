"""moto as the store beside a test. It lets a test set its clock, refuse requests, and end a lock; it looks at nobody's rights."""

import datetime
import logging
import time

import boto3
import moto.s3.models
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.serving import WSGIRequestHandler

real_utcnow, real_date = moto.s3.models.utcnow, WSGIRequestHandler.date_time_string
real_call = DomainDispatcherApplication.__call__
refusing = {"status": "", "code": "", "left": 0}


def call(self, environ, start_response):
    # The client of this program is not refused.
    if refusing["left"] == 0 or "auditor" in environ.get("HTTP_AUTHORIZATION", ""):
        return real_call(self, environ, start_response)
    refusing["left"] -= 1
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response(refusing["status"] + " -", [("Content-Type", "application/xml")])
    return [f"<Error><Code>{refusing['code']}</Code></Error>".encode()]


DomainDispatcherApplication.__call__ = call


class Moto:
    lock_ends_in_s = -3600

    def __init__(self):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        _, self.port = self.server.get_host_and_port()

    def client(self):
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="auditor",
            aws_secret_access_key="x",
        )

    def lets_in(self, client, bucket, is_leased):
        """Everybody may do everything here."""

    def ahead(self, seconds):
        moto.s3.models.utcnow = lambda: real_utcnow() + datetime.timedelta(seconds=seconds)
        WSGIRequestHandler.date_time_string = lambda self, timestamp=None: real_date(self, time.time() + seconds)
        return "ahead"

    def refuses(self, status, code, count):
        refusing.update(status=status, code=code, left=int(count))
        return "refuses"

    def stop(self):
        self.server.stop()
