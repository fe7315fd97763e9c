"""What the tests of signing in share: claims, a rule file, the file of a sign-in."""

NOW = 1_800_000_000
CLAIMS = {"iss": "https://login.example.org", "aud": "clipdash", "iat": NOW - 60, "sub": "u1"}


def write_rules(*rules, issuer=CLAIMS["iss"], audience=CLAIMS["aud"], hours=8, name="email"):
    """Return a rule file; a rule is a role, a claim, and either what the claim has among its values or its ends."""
    head = f'version = 1\nissuer = "{issuer}"\naudience = "{audience}"\nhours = {hours}\nname = "{name}"\n'
    return head + "".join(
        f'\n[[rule]]\nrole = "{role}"\nclaim = "{claim}"\n{how} = ["{value}"]\n' for role, claim, how, value in rules
    )


#: A rule file.
RULES = write_rules(("viewer", "email", "ends", "@example.org"), ("admin", "groups", "any", "ethics"))

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
