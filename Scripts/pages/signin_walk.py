"""People sign in with a key, or with the account of their company, and out again; a link leads nobody to another site."""

import contextlib
import logging
import pathlib
import tempfile
import threading

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import OpenIDCode, UserInfo
from flask import Flask, jsonify, request
from joserfc.jwk import KeySet, RSAKey
from playwright.sync_api import expect
from werkzeug.serving import make_server

from .browser import Test
from .service import Service, free_port

AUDIENCE = "https://stock.example"
CLIENT = "store-pages"


class Pages(ClientMixin):
    """A public client: it has no secret, only what it proves by PKCE."""

    def __init__(self, redirect):
        self.redirect = redirect

    def get_client_id(self):
        return CLIENT

    def get_default_redirect_uri(self):
        return self.redirect

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == self.redirect

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "none"

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in ("authorization_code", "refresh_token")


class Person:
    def get_user_id(self):
        return "maria"


class Code:
    """A code as Authlib keeps one; used once."""

    def __init__(self, **values):
        self.__dict__.update(values)

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return None

    def get_acr(self):
        return None

    def get_amr(self):
        return None


def issuer(port, redirect):
    """An OpenID provider with a page of its own, by Authlib: it insists on PKCE, and takes a code once."""
    url, key, codes = f"http://127.0.0.1:{port}", RSAKey.generate_key(2048, auto_kid=True), {}
    app = Flask("issuer")
    app.secret_key = "for this walk"

    class Tokens(JWTBearerTokenGenerator):
        def get_jwks(self):
            return KeySet([key])

        def get_audiences(self, client, user, scope):
            return AUDIENCE

        def get_extra_claims(self, client, grant_type, user, scope):
            return {"roles": ["storeAssociate"]}

    class CodeGrant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["none"]

        def save_authorization_code(self, code, request):
            payload = request.payload
            codes[code] = Code(
                code=code, redirect_uri=payload.redirect_uri, scope=payload.scope, nonce=payload.data.get("nonce"),
                code_challenge=payload.data.get("code_challenge"),
                code_challenge_method=payload.data.get("code_challenge_method"))

        def query_authorization_code(self, code, client):
            return codes.get(code)

        def delete_authorization_code(self, code):
            codes.pop(code.code)

        def authenticate_user(self, code):
            return Person()

    server = AuthorizationServer(app, query_client=lambda name: Pages(redirect) if name == CLIENT else None, save_token=lambda *_: None)
    server.register_grant(CodeGrant, [CodeChallenge(required=True)])
    server.register_token_generator("default", Tokens(issuer=url, alg="RS256"))

    @app.get("/.well-known/openid-configuration")
    def metadata():
        return jsonify(issuer=url, authorization_endpoint=url + "/authorize", token_endpoint=url + "/token", jwks_uri=url + "/keys")

    @app.get("/keys")
    def keys():
        return jsonify(KeySet([key]).as_dict(private=False))

    @app.route("/authorize", methods=["GET", "POST"])
    def authorize():
        if request.method == "GET":
            return '<!doctype html><title>Company</title><form method="post"><button>Continue as Maria</button></form>'
        grant = server.get_consent_grant(end_user=Person())
        return server.create_authorization_response(grant_user=Person(), grant=grant)

    app.add_url_rule("/token", view_func=server.create_token_response, methods=["POST"], endpoint="token")

    @app.after_request
    def for_pages(response):
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    return app, url


@contextlib.contextmanager
def running(app, port):
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    http = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        http.shutdown()


def by_key(test):
    page = test.page(role=None)
    page.goto("/")
    expect(page.get_by_text("Sign in to see what runs here.")).to_be_visible()
    expect(page.get_by_role("heading", name="Where to go")).to_be_visible()
    test.both(page, "home-signed-out")
    page.goto("/store")
    page.wait_for_url("**/signin?to=%2Fstore")
    test.both(page, "signin")
    page.get_by_label("API key").fill("hfk_nonsense")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This key is not valid")).to_be_visible()
    text = test.service.command("keys", "create", "--client", "store-desk", "--role", "storeAssociate")
    key = next(word for word in text.split() if word.startswith("hfk_"))
    page.get_by_label("API key").fill(key)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/store")
    expect(page.get_by_text("store-desk")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signin")
    page.goto("/console")
    page.wait_for_url("**/signin?to=%2Fconsole")
    # A link from somebody else does not lead away after signing in.
    page.goto("/signin?to=https://evil.example/")
    page.get_by_label("API key").fill(key)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(test.base + "/")


def by_account(test):
    """On a service of its own, which takes the tokens of an issuer."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="holdfast-signin-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        environment = {
            "HOLDFAST_AUTH_DEVELOPMENT": "off", "HOLDFAST_AUTH_ISSUER": f"http://127.0.0.1:{port}", "HOLDFAST_AUTH_AUDIENCE": AUDIENCE,
            "HOLDFAST_SIGNIN_CLIENT_ID": CLIENT, "HOLDFAST_SIGNIN_SCOPE": "openid"}
        service = Service(test.service.holdfast, folder, environment)
        app, _ = issuer(port, service.address + "/signin")
        service.token_of = lambda *_: None
        with running(app, port), service:
            own = Test(service, service.address, test.shots)
            own.playwright, own.browser = test.playwright, test.browser
            page = own.page(role=None)
            page.goto("/store/s-1#pick")
            page.wait_for_url("**/signin?to=*")
            own.both(page, "signin-account")
            page.get_by_role("button", name="Sign in with your account").click()
            page.get_by_role("button", name="Continue as Maria").click()
            page.wait_for_url("**/store/s-1#pick")
            expect(page.get_by_text(f"maria via {CLIENT}")).to_be_visible()
            # The answer of a sign-in that was not started here is nobody's.
            page.goto("/signin?code=stolen&state=other")
            expect(page.get_by_text("Signing in did not work")).to_be_visible()
            own.check_errors()
            own.close_pages()


def walk(test):
    by_key(test)
    if not test.is_from_disk:
        by_account(test)
