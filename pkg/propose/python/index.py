# Asks the package indexes that pip is configured with. Reads request.json, writes answer.json, both in the working folder.
import json, os, re, shutil, ssl, subprocess, sys, urllib.error, urllib.request
from concurrent.futures import ThreadPoolExecutor

PAGE, HEAD = 64 << 20, 1 << 20
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


def pip(*args):
    env = dict(os.environ, COLUMNS="9999", PIP_DISABLE_PIP_VERSION_CHECK="1")
    for command in ([sys.executable, "-m", "pip"], ["pip"], ["pip3"]):
        if len(command) > 1 or shutil.which(command[0]):
            done = subprocess.run(command + list(args), env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            if done.returncode == 0:
                return done.stdout.decode("utf-8", "replace")
    return ""


def indexes():
    named = {"index-url": [], "extra-index-url": []}
    listed = "" if os.environ.get("PIP_CONFIG_FILE") == os.devnull else pip("config", "list")
    settings = re.findall(r"^[^\n=]*\.(index-url|extra-index-url)='([^\n]*)'$", listed, re.M)
    for key, value in settings:
        named[key] = re.split(r"\s+|\\n", value.strip())
    for key, name in (("index-url", "PIP_INDEX_URL"), ("extra-index-url", "PIP_EXTRA_INDEX_URL")):
        if os.environ.get(name):
            named[key] = os.environ[name].split()
    if os.environ.get("PIP_NO_INDEX", "").lower() in ("1", "true", "yes", "on"):
        return []
    if not named["index-url"]:
        known = re.search(r"--index-url <url>.*?\(default\s+(\S+?)\)", pip("install", "--help"), re.S)
        named["index-url"] = [known.group(1)] if known else []
    return [url.rstrip("/") for url in named["index-url"] + named["extra-index-url"] if url.startswith(("http://", "https://"))]


def trust():
    context = ssl.create_default_context()
    for name in ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        if os.path.isfile(os.environ.get(name, "")):
            context.load_verify_locations(os.environ[name])
            return context
    try:
        from pip._vendor import certifi
        context.load_verify_locations(certifi.where())
    except Exception:
        pass
    return context


opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust()))


def fetch(url, limit, accept="*/*"):
    last = None
    for _ in range(3):
        try:
            with opener.open(urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "fettle"}), timeout=60) as r:
                data = r.read(limit + 1)
                if len(data) > limit:
                    return {"error": "the answer is larger than %d MiB" % (limit >> 20)}
                return {"type": r.headers.get("Content-Type", ""), "url": r.geturl(), "body": data.decode("utf-8", "replace")}
        except urllib.error.HTTPError as e:
            last = {"error": "HTTP status %d" % e.code, "status": e.code}
            if e.code < 500 and e.code != 429:
                return last
        except Exception as e:
            last = {"error": str(getattr(e, "reason", e))[:300], "offline": True}
    return last


def head(url):
    got = fetch(url, HEAD)
    if "body" in got:
        lines = got["body"].replace("\r\n", "\n").split("\n\n")[0].split("\n")
        wanted = ("metadata-version:", "name:", "version:", "requires-", "provides-extra:", "home-page:", "project-url:")
        return "\n".join(line for line in lines if line.lower().startswith(wanted))
    return None


def main():
    with open("request.json", encoding="utf-8") as f:
        request = json.load(f)
    answer = {"pages": {}, "heads": {}}
    with ThreadPoolExecutor(max_workers=8) as pool:
        if request.get("names") or request.get("where"):
            answer["indexes"] = request.get("indexes") or indexes()
            asked = [(name, index) for name in request.get("names") or [] for index in answer["indexes"]]
            for (name, _), page in zip(asked, pool.map(lambda a: fetch("%s/%s/" % (a[1], a[0]), PAGE, ACCEPT), asked)):
                answer["pages"].setdefault(name, []).append(page)
        urls = request.get("heads") or []
        if urls and not request.get("advertised") and head(urls[0]) is None:
            urls = []
        for url, text in zip(urls, pool.map(head, urls)):
            if text is not None:
                answer["heads"][url] = text
    with open("answer.json", "w", encoding="utf-8") as f:
        json.dump(answer, f)


main()
