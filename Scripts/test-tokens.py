#!/usr/bin/env python3
"""Holdfast with an issuer of tokens that is not ours: Authlib's OAuth 2 server (RFC 6749 client credentials, RFC 9068 access
tokens, RFC 8414 metadata), and the identity tokens of oidc-provider-mock.

    Scripts/test-tokens.py .build/release/holdfast

Its keys change twice while clients call, it goes away and comes back, and API keys are rotated: no request may fail. Tokens
that say something else are refused. Exit 0: all of it was so."""

import base64
import hmac
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from flask import Flask, jsonify
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from werkzeug.serving import make_server

AUDIENCE = "https://stock.example"
STARTED_WITHIN = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def expect(what, found, wanted):
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    if found not in wanted:
        sys.exit(f"{what}: {found} where {' or '.join(map(str, wanted))} was expected")
    print(f"  {what}: {found}")


def encoded(content):
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Machine(ClientMixin):
    """A client that the issuer knows."""

    def __init__(self, name, scope, claims):
        self.name, self.scope, self.claims = name, scope, claims

    def get_client_id(self):
        return self.name

    def get_allowed_scope(self, scope):
        return scope or self.scope

    def check_client_secret(self, secret):
        return secret == "secret of " + self.name

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic"

    def check_grant_type(self, grant_type):
        return grant_type == "client_credentials"


class Issuer:
    MACHINES = {
        "shop": Machine("shop", "availability:public reservations:write", {}),
        "till-7": Machine("till-7", "", {"roles": ["till"], "holdfast_locations": ["7"],
                                         "holdfast_sources": ["till-7"]}),
        "ops": Machine("ops", "", {"roles": ["operator"]}),
    }

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.published, self.generation = [], 0
        self.rotate()
        issuer = self

        class Tokens(JWTBearerTokenGenerator):
            def get_jwks(self):
                return issuer.published[-1]

            def get_audiences(self, client, user, scope):
                return AUDIENCE

            def get_extra_claims(self, client, grant_type, user, scope):
                return client.claims

        app = Flask("issuer")
        server = AuthorizationServer(app, query_client=self.MACHINES.get, save_token=lambda token, request: None)
        server.register_grant(type("Grant", (grants.ClientCredentialsGrant,),
                                   {"TOKEN_ENDPOINT_AUTH_METHODS": ["client_secret_basic"]}))
        server.register_token_generator("default", Tokens(issuer=self.url, alg="ES256"))
        app.add_url_rule("/token", view_func=server.create_token_response, methods=["POST"], endpoint="token")
        app.add_url_rule("/keys", view_func=lambda: jsonify(KeySet(self.published).as_dict(private=False)),
                         endpoint="keys")
        app.add_url_rule("/.well-known/oauth-authorization-server", endpoint="metadata", view_func=lambda: jsonify(
            issuer=self.url, token_endpoint=self.url + "/token", jwks_uri=self.url + "/keys"))
        self.app = app
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
        self.start()

    def start(self):
        self.server = make_server("127.0.0.1", self.port, self.app, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def rotate(self):
        """A new key to sign with; the one before stays published for tokens that are still about."""
        self.generation += 1
        key = ECKey.generate_key("P-256", {"kid": f"key-{self.generation}", "use": "sig"}, private=True)
        self.published = [*self.published[-1:], key]

    def token(self, name):
        body = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
        basic = base64.b64encode(f"{name}:secret of {name}".encode()).decode()
        asked = urllib.request.Request(self.url + "/token", body, {"Authorization": "Basic " + basic})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)["access_token"]

    def signed(self, key=None, header=None, **changes):
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": "maria", "client_id": "store-app", "iat": now,
                  "exp": now + 600, "scope": "availability:read"}
        claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", **(header or {})}, claims, key or self.published[-1],
                          algorithms=["ES256", "RS256", "HS256"])


class Service:
    def __init__(self, program, folder, **settings):
        self.program, self.port, self.folder = program, free_port(), folder
        self.environment = dict(os.environ, HOLDFAST_DATA_DIR=folder, HOLDFAST_HTTP_PORT=str(self.port),
                                HOLDFAST_LOG_LEVEL="error", HOLDFAST_AUTH_MODE="token",
                                # The traffic below is one client's, and as fast as it can be.
                                HOLDFAST_LIMIT_READS="0", **settings)

    def start(self):
        self.process = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=subprocess.DEVNULL)
        end = time.monotonic() + STARTED_WITHIN
        while self.call("GET", "/health/ready")[0] != 200:
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit("the service did not start")
            time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def run(self, *arguments):
        return subprocess.run([self.program, *arguments], env=self.environment, check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()

    def call(self, method, path, token=None, body=None, connection=None):
        headers = {"Authorization": "Bearer " + token} if token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            own.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = own.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content[:1] == b"{" else None
        except OSError as error:
            return type(error).__name__, None
        finally:
            if connection is None:
                own.close()

    def status(self, *arguments, **named):
        return self.call(*arguments, **named)[0]


class Traffic:
    """Clients that call without a pause, each with the credential of the moment."""

    def __init__(self, service, credential, clients=4):
        self.stopped, self.counts, self.wrong = threading.Event(), 0, []
        self.threads = [threading.Thread(target=self.go, args=(service, credential)) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def go(self, service, credential):
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=15)
        while not self.stopped.is_set():
            status, answer = service.call("GET", "/v1/items", credential(), connection=connection)
            self.counts += 1
            if status != 200:
                self.wrong.append((status, answer))

    def end(self, what):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        if self.wrong:
            sys.exit(f"{what}: {len(self.wrong)} of {self.counts} requests failed, the first with {self.wrong[0]}")
        print(f"  {what}: {self.counts} requests, none failed")


def tokens(program, folder, issuer):
    service = Service(program, folder, HOLDFAST_AUTH_ISSUER=issuer.url, HOLDFAST_AUTH_AUDIENCE=AUDIENCE)
    service.start()
    try:
        print("real flows:")
        ops, shop, till = (issuer.token(name) for name in ("ops", "shop", "till-7"))
        expect("an operator adds a location", service.status("PUT", "/v1/locations/7", ops, {"name": "7"}), 201)
        expect("and another", service.status("PUT", "/v1/locations/8", ops, {"name": "8"}), 201)
        expect("and an item", service.status("PUT", "/v1/items/A", ops, {"name": "A"}), 201)
        sale = {"eventId": "1", "type": "opening", "sku": "A", "location": "7", "quantity": 5}
        expect("a till tells what it has", service.status(
            "POST", "/v1/movements", till, {"source": "till-7", "lines": [sale]}), 200)
        expect("and nothing of another store", service.status(
            "POST", "/v1/movements", till, {"source": "till-7", "lines": [{**sale, "location": "8"}]}), 403)
        expect("it may not change items", service.status("PUT", "/v1/items/A", till, {"name": "B"}), 403)
        expect("a shop sees bands", service.status("GET", "/v1/storefront/availability/A", shop), 200)
        expect("and no figures", service.status("GET", "/v1/availability/A", shop), 403)
        _, ledger = service.call("GET", "/v1/movements?sku=A", ops)
        expect("the ledger says who it was", ledger["movements"][0]["actor"], "till-7")

        print("tokens that are not good:")
        now, stranger = int(time.time()), ECKey.generate_key("P-256", {"kid": "key-1"}, private=True)
        shared = issuer.published[-1].as_pem(private=False)
        unsigned = ".".join([encoded(b'{"alg":"none","typ":"at+jwt"}'), ops.split(".")[1], ""])
        for what, token in {
            "another audience": issuer.signed(aud="https://other.example"), "expired": issuer.signed(exp=now - 3600),
            "of the future": issuer.signed(nbf=now + 3600), "without an end": issuer.signed(exp=None),
            "of another issuer": issuer.signed(iss="https://other.example"),
            "signed by somebody else": issuer.signed(stranger), "without a signature": unsigned,
            "an identity token": issuer.signed(header={"typ": "JWT"}),
            "by an algorithm that is not allowed": issuer.signed(
                RSAKey.generate_key(2048, private=True), header={"alg": "RS256"}),
            "of 60 KiB": issuer.signed(padding="x" * 45_000), "cut off": ops[:-5],
        }.items():
            expect(what, service.status("GET", "/v1/items", token), 401)
        start = encoded(b'{"alg":"HS256","typ":"at+jwt","kid":"key-1"}') + "." + ops.split(".")[1]
        forged = f"{start}.{encoded(hmac.digest(shared, start.encode(), 'sha256'))}"
        expect("signed with the public key as a secret", service.status("GET", "/v1/items", forged), 401)
        expect("of 100 KiB", service.status("GET", "/v1/items", issuer.signed(padding="x" * 76_000)),
               (400, 401, 431, "BrokenPipeError", "ConnectionResetError"))

        print("keys that change:")
        current = {"token": ops}
        traffic = Traffic(service, lambda: current["token"])
        for _ in range(2):
            issuer.rotate()
            time.sleep(6)
            current["token"] = issuer.token("ops")
            time.sleep(1)
        traffic.end("the issuer's keys rotated twice")
        made = service.run("keys", "create", "--client", "batch", "--role", "analyst")
        current["token"] = made
        traffic = Traffic(service, lambda: current["token"])
        current["token"] = service.run("keys", "rotate", made.split("_")[1], "--overlap", "60")
        time.sleep(1)
        traffic.end("an API key rotated")
        service.run("keys", "revoke", made.split("_")[1])
        time.sleep(6)
        expect("the old key, revoked, within six seconds", service.status("GET", "/v1/items", made), 401)

        print("an issuer that is away:")
        token, unseen = issuer.token("ops"), issuer.token("ops")
        expect("a token before", service.status("GET", "/v1/items", token), 200)
        issuer.stop()
        expect("the same", service.status("GET", "/v1/items", token), 200)
        expect("another, with a key that is known", service.status("GET", "/v1/items", unseen), 200)
        service.stop()
        service.start()
        expect("a token after a restart without the issuer", service.status("GET", "/v1/items", token), 503)
        expect("an API key then", service.status("GET", "/v1/items", current["token"]), 200)
        issuer.start()
        end = time.monotonic() + 60
        while (status := service.status("GET", "/v1/items", token)) != 200 and time.monotonic() < end:
            time.sleep(1)
        expect("the token when the issuer is back, without another restart", status, 200)
        expect("a token whose key was taken away", service.status("GET", "/v1/items", ops), 401)
    finally:
        service.stop()


def identity(program, folder):
    """An OpenID provider whose access tokens say nothing: its identity tokens, where the settings allow them."""
    import oidc_provider_mock
    with oidc_provider_mock.run_server_in_thread(port=0) as provider:
        url = f"http://localhost:{provider.server_port}"
        service = Service(program, folder, HOLDFAST_AUTH_ISSUER=url, HOLDFAST_AUTH_AUDIENCE="stock-app",
                          HOLDFAST_AUTH_TOKEN_TYPES="JWT none")
        service.start()
        try:
            print("an OpenID provider:")
            token = identity_token(url)
            expect("its token is verified, and gives no right by itself", service.status("GET", "/v1/items", token), 403)
            broken = token[:-8] + ("A" * 8)
            expect("and not when it was changed", service.status("GET", "/v1/items", broken), 401)
        finally:
            service.stop()


def identity_token(url):
    """The authorization code flow, as a browser would go through it."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *arguments):
            return None
    browser = urllib.request.build_opener(Stay)
    query = urllib.parse.urlencode({"client_id": "stock-app", "redirect_uri": "http://localhost/back",
                                    "response_type": "code", "scope": "openid", "state": "s", "nonce": "n"})
    try:
        browser.open(f"{url}/oauth2/authorize?{query}", urllib.parse.urlencode({"sub": "maria"}).encode())
        sys.exit("the provider did not send the browser back")
    except urllib.error.HTTPError as answer:
        back = urllib.parse.urlparse(answer.headers["Location"])
    code = urllib.parse.parse_qs(back.query)["code"][0]
    basic = base64.b64encode(b"stock-app:secret").decode()
    body = urllib.parse.urlencode({"grant_type": "authorization_code", "code": code,
                                   "redirect_uri": "http://localhost/back"}).encode()
    asked = urllib.request.Request(url + "/oauth2/token", body, {"Authorization": "Basic " + basic})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return json.load(answer)["id_token"]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    import logging
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    folder, issuer = tempfile.mkdtemp(prefix="holdfast-tokens-"), Issuer()
    # The embedded PostgreSQL of a root runs as another user.
    os.chmod(folder, 0o755)
    try:
        tokens(sys.argv[1], folder, issuer)
        identity(sys.argv[1], folder)
    finally:
        issuer.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
