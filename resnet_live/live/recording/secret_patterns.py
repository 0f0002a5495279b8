"""What secrets and personal data look like: by their own shape, or by the name that stands beside them."""

import builtins
import keyword
import re

# Names of accounts and machines that identify nobody; taken out, they would maim code.
COMMON_NAMES = {
    "root",
    "user",
    "users",
    "admin",
    "ubuntu",
    "debian",
    "runner",
    "jovyan",
    "student",
    "students",
    "teacher",
    "test",
    "guest",
    "nobody",
    "vagrant",
    "docker",
    "colab",
    "kaggle",
    "home",
    "work",
    "data",
    "torch",
    "fastai",
    "python",
    "jupyter",
    "model",
    "localhost",
    "localdomain",
    "host",
    "local",
    "computer",
    "laptop",
    "server",
    *dir(builtins),
    *keyword.kwlist,
}

# ---- What has a shape of its own ----

PRIVATE_KEY = re.compile(
    r"-{4,5} ?BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-{4,5}[\s\S]*?"
    r"(?:-{4,5} ?END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-{4,5}|\Z)"
    r"|PuTTY-User-Key-File-\d:[\s\S]*?(?:Private-(?:MAC|Hash): *[0-9a-f]+|\Z)"
)
# By who gives them away. `tests/live/recording/test_known_secrets.py` holds this against detect-secrets' list.
TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA|A3T[A-Z0-9])[0-9A-Z]{16}"  # AWS
    r"|gh[pousr]_[A-Za-z0-9_]{16,}|github_pat_\w{20,}"  # GitHub
    r"|gl(?:pat|dt|ft|soat|rt|imt|ptt|agent|cbt|oas)-[\w-]{16,}|GR1348941[\w-]{16,}"  # GitLab
    r"|hf_[A-Za-z0-9]{16,}|api_org_[A-Za-z0-9]{16,}"  # Hugging Face
    r"|sk-[A-Za-z0-9_-]{16,}|[rs]k_(?:live|test)_[A-Za-z0-9]{10,}"  # OpenAI and its like; Stripe
    r"|gsk_[A-Za-z0-9]{30,}|r8_[A-Za-z0-9]{30,}|pcsk_\w{30,}|wandb_v1_\w{30,}"  # Groq, Replicate, Pinecone, W&B
    r"|AIza[0-9A-Za-z_-]{30,}|ya29\.[0-9A-Za-z_-]{20,}|GOCSPX-[\w-]{20,}"  # Google
    r"|[\w.-]{3}8Q~[\w.~-]{31,40}|sig=[\w%+/-]{40,}={0,2}"  # Azure: an application's secret, a signed address
    r"|(?i:xox[abeoprs]-[a-z0-9-]{10,}|xapp-\d-[\w-]{20,}|hooks\.slack\.com/services/T\w+/B\w+/\w+)"  # Slack
    r"|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|dop_v1_[0-9a-f]{30,}|dckr_pat_[\w-]{20,}|shp(?:at|ss|ca|pa)_[0-9a-f]{32}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|(?:AC|SK)[0-9a-z]{32}(?![0-9a-z])|sq0(?:atp|csp)-[\w\\-]{22,}"  # SendGrid, Twilio, Square
    r"|\d{8,10}:[\w-]{35}(?![\w-])|[0-9a-z]{32}-us\d{1,2}(?!\d)"  # Telegram, Mailchimp
    r"|AKC[A-Za-z0-9]{20,}|[MNO][A-Za-z\d_-]{23,25}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27}"  # Artifactory, Discord
    r"|dapi[0-9a-f]{32}|ntn_[A-Za-z0-9]{40,}|lin_api_[A-Za-z0-9]{30,}|hvs\.[\w-]{24,}|AGE-SECRET-KEY-1[0-9A-Z]{40,}"
    r"|sntrys_[\w+/=-]{40,}|NRAK-[A-Z0-9]{27}|glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}"  # Sentry, New Relic, Grafana
    r"|eyJ[\w-]{6,}\.eyJ[\w-]{4,}\.[\w-]*|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"  # JSON web tokens
    r")"
)
URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{1,20}://)([^\s/?#\"'<>]{1,300})@")
AUTHORIZATION = re.compile(
    r"(?i)(\bauthorization(?:[\"']|&quot;)?\]?\s*[:=,]\s*(?:[rbfu]{0,2}[\"']|&quot;)?\s*)"
    r"((?:(?:bearer|basic|token|digest|apikey|negotiate)[ \t]+)?[^\s\"'\\&,;{}()<>]{4,}[^\n\"'\\&<>]*)"
)
BEARER = re.compile(r"(?i)\b(bearer|basic)[ \t]+((?=[\w.~+/-]*[0-9])[\w.~+/-]{12,}=*)")
EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}(?:[a-z]{2}|[A-Z]{2}|(?i:com|org|net|edu|gov|mil|int|info|biz|dev|app|"
    r"name|pro|academy|school|university|cloud|tech|online|site|email|local|lan|example|test|invalid))(?![\w(\[]|\.\w)"
)
IPV4 = re.compile(r"(?<![\w.+-])((?:\d{1,3}\.){3}\d{1,3})(?![\w+-]|\.\d|\.\w)")
IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
MAC = re.compile(r"(?<![\w:-])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![\w:])")
BEFORE_VERSION = re.compile(r"(?i)(?:[=<>!~]=|\bv(?:ersion|ers|er)?\b)[\s:=\"'.]*$|[\w\])]-$")

# ---- What its name gives away ----

_STRONG = (
    r"pass(?:word|wd|phrase|code)|\bpwd|secret|credentials?|"
    r"(?:api|access|auth|private|account|encryption|signing|storage|subscription)[_ -]?key|"
    r"(?:auth|access|refresh|bearer|session)[_-]?token"
)
_QUOTE = r"\"\"\"|'''|\\?\"|\\?'|&quot;|&#x27;|&#39;"
NAMED = re.compile(
    rf"(?i)(?P<name>(?:{_STRONG})[\w-]{{0,40}}|(?<![a-z])token(?:[_-]?\d+)?(?![\w-])|_token(?![\w-])|(?-i:(?<=[a-z])Token)(?![\w-]))"
    rf"(?P<close>{_QUOTE})?\]?"
    r"(?P<between>[ \t]*(?::[ \t]*[A-Za-z_][\w\[\], .|]{0,60}?[ \t]*=(?!=)|[=!]=|:=|=>|=|:)[ \t]*|(?<=[\"']),[ \t]*)"
    rf"(?:(?P<prefix>[rbfuRBFU]{{0,2}})(?P<quote>{_QUOTE})(?P<quoted>(?:(?!(?P=quote))(?:\\.|[^\\\n])){{1,4000}})(?P=quote)"
    r"|(?P<bare>[^\s\"'\\,;&<>()\[\]{}|#]+))"
)
FLAG = re.compile(
    r"(?i)((?<![\w-])--?[\w-]{0,40}?(?:password|passwd|token|secret|api-?key|access-?key)[\w-]{0,40}(?:=|[ \t]+))([\"']?)"
    r"([^\s\"'\\]{3,})"
)
LONG_KEY = re.compile(
    r"(?i)(\bkey(?:[\"'])?\s*[=:]\s*[\"'])((?=[\w+/-]{0,200}[0-9])(?=[\w+/-]{0,200}[a-z])[\w+/-]{24,}=*)(?=[\"'])"
)
USER_AND_PASSWORD = re.compile(r"((?<![\w-])(?:-u|--user)[= ]+[\"']?)([^\s:\"'{}]{1,64}:)([^\s\"'{}]{3,})")
SETS = re.compile(r"(?i)(?:setdefault|putenv|setenv|set_key|set_password|set_secret)\([^()\n]{0,80}$")
INNOCENT_VALUES = {
    "none",
    "true",
    "false",
    "null",
    "str",
    "int",
    "bytes",
    "float",
    "bool",
    "string",
    "optional",
    "required",
    "optional[str]",
    "self",
    "any",
    "secretstr",
    "...",
    "***",
    "hidden",
    "input",
    "return",
    "raise",
    "pass",
    "yes",
    "no",
    "missing",
    "empty",
}

ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")
