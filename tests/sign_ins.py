"""What the tests of signing in share: claims, a rule file, the file of a sign-in."""

NOW = 1_800_000_000
CLAIMS = {"iss": "https://login.example.org", "aud": "clipdash", "iat": NOW - 60, "sub": "u1"}
#: A rule file.
RULES = """\
version = 1
issuer = "https://login.example.org"
audience = "clipdash"
hours = 8
name = "email"

[[rule]]
role = "viewer"
claim = "email"
ends = ["@example.org"]

[[rule]]
role = "admin"
claim = "groups"
any = ["ethics"]
"""

SECRETS = ("0123456789abcdef0123456789abcdef", "a-client-secret")
#: The file of a sign-in.
SIGN_IN = f"""\
[auth]
redirect_uri = "https://clipdash.example.org/oauth2callback"
cookie_secret = "{SECRETS[0]}"
client_id = "clipdash"
client_secret = "{SECRETS[1]}"
server_metadata_url = "https://login.example.org/.well-known/openid-configuration"

[auth.client_kwargs]
scope = "openid email groups"
"""
