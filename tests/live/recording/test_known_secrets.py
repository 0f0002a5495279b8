"""Tokens that a kept list of detectors (detect-secrets) knows are taken out too, and its false alarms are none of ours."""

import base64
import json
import re
import string
from importlib import import_module

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from resnet_live.live.recording.redact import Redactor

# Its detectors that know a token by its own shape; the others look for a name beside it, as `NAMED` does, for entropy, or for
# addresses. Artifactory's take any ten letters behind "AKC" or "AP" for a key.
DETECTORS = {
    "aws": "AWSKeyDetector",
    "azure_storage_key": "AzureStorageKeyDetector",
    "discord": "DiscordBotTokenDetector",
    "github_token": "GitHubTokenDetector",
    "gitlab_token": "GitLabTokenDetector",
    "mailchimp": "MailchimpDetector",
    "openai": "OpenAIDetector",
    "pypi_token": "PypiTokenDetector",
    "sendgrid": "SendGridDetector",
    "slack": "SlackDetector",
    "square_oauth": "SquareOAuthDetector",
    "stripe": "StripeDetector",
    "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}
AROUND = ["{}", "'{}'", "login({})", "key is {}.", "a\n{}\nb", "<td>{}</td>", "https://x.org/?q={}&b=1"]
ASCII = st.characters(min_codepoint=33, max_codepoint=126)


def shapes():
    """(name, pattern) of all that these detectors know."""
    for module, name in DETECTORS.items():
        for place, pattern in enumerate(getattr(import_module(f"detect_secrets.plugins.{module}"), name).denylist):
            if not (module == "aws" and place):  # its second looks for a name
                yield pytest.param(
                    re.compile(pattern.pattern, (pattern.flags & ~re.UNICODE) | re.ASCII), id=f"{module}-{place}"
                )


def taken_out(text: str, code: bool) -> str:
    redactor = Redactor()
    redactor.learn([text])
    return redactor.text(text, code=code)


@pytest.mark.parametrize("pattern", shapes())
@settings(max_examples=12)
@given(data=st.data())
def test_what_the_kept_list_knows_is_taken_out(pattern, data):
    bare = re.compile(pattern.pattern.replace(r"(?!\w)", ""), pattern.flags)  # what follows it is ours to choose
    token = data.draw(st.from_regex(bare, fullmatch=True, alphabet=ASCII))
    assume(len(token) >= 20)  # a real one is longer than the least that the pattern takes
    around = data.draw(st.sampled_from(AROUND))
    shown = taken_out(around.format(token), code=data.draw(st.booleans()))
    assert token[-16:] not in shown and token[8:24] not in shown


WORD = st.text(string.ascii_letters + string.digits, min_size=3, max_size=20)


@given(WORD, st.integers(1, 2**31), st.binary(min_size=32, max_size=32))
def test_a_web_token_with_real_claims(who, when, signature):
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": who, "iat": when}]
    whole = [json.dumps(part).encode() for part in parts]
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*whole, signature))
    assert token[10:40] not in taken_out(f"session({token!r})", code=True)


@pytest.mark.parametrize(
    "text",
    [
        "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPrivate-Lines: 1\nAAAAgQCqgeheim\nPrivate-MAC: 0123abcd\n",
        "PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\nAAAAgQCqgeheim",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAAgQCqgeheim\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
    ],
)
def test_private_keys_of_other_programs(text):
    shown = taken_out(f"before\n{text}\nafter", code=False)
    assert "geheim" not in shown and shown.startswith("before\n[private key]")


HEX = "0123456789abcdef"
NO_SECRETS = {
    "a commit": st.text(HEX, min_size=40, max_size=40).map("commit {}".format),
    "a digest": st.text(HEX, min_size=64, max_size=64).map("sha256:{}".format),
    "a digest in code": st.text(HEX, min_size=32, max_size=32).map('digest = "{}"'.format),
    "a uuid": st.uuids().map("id={}".format),
    "an object": st.text(HEX, min_size=10, max_size=10).map("<__main__.Net object at 0x7f{}>".format),
    "an image": st.binary(min_size=150, max_size=150).map(lambda raw: f"iVBORw0KGgo{base64.b64encode(raw).decode()}"),
    "weights": st.text(HEX, min_size=8, max_size=8).map("https://download.pytorch.org/models/resnet18-{}.pth".format),
    "a picture's name": st.integers(0, 10**12).map(lambda n: f"n{n:012}"[:9] + f"_{n % 9999}.JPEG"),
}


@pytest.mark.parametrize("kind", NO_SECRETS)
@settings(max_examples=20)
@given(data=st.data())
def test_what_only_looks_random_stays(kind, data):
    text = data.draw(NO_SECRETS[kind])
    assert taken_out(text, code=True) == text
