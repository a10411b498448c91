# ruff: noqa: E501  # long tables read better
"""Sends what was drawn, and judges what comes back: a result, a sentence, or a failure."""

import http.client
import json
import random as chance
import time
import urllib.parse
import uuid

from tests.fuzz import values

API = "/gradio_api"
SORRY = "Something went wrong"
PATIENCE = 180  # seconds for an answer, on a busy machine too
# What these begin goes on by itself: trainings, downloads. They are sent nothing but nonsense.
LASTING = {"begin", "_begin", "_start", "start", "started", "_cure", "cured", "choose_network", "_train", "resume"}


class Client:
    """Draws and sends; `one(number)` is the same for the same seed and number.

    Args:
        url: of the studio.
        seed: of everything that is drawn.
    """

    def __init__(self, url, seed):
        self.seed, parts = seed, urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        config = json.loads(self.request("GET", "/config")[1])
        self.components = {one["id"]: one for one in config["components"]}
        self.events = [one for one in config["dependencies"] if one["backend_fn"] and not one.get("cancels")]
        self.names = [one["api_name"] for one in self.events if one["api_visibility"] == "public"]
        self.shelf = []  # (its number, the last part of its path) of files that were uploaded

    def request(self, method, path, body=None, kind="application/json", headers=None):
        """Return the status and the body of an answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Content-Type": kind} | (headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def one(self, number):
        """Send one request; return (what kind of answer came, what was sent, what came), the last two for a person."""
        random = chance.Random(f"{self.seed}:{number}")
        way = random.choices(
            [self._event, self._file, self._named, self._envelope, self._address], [55, 15, 12, 12, 6]
        )[0]
        try:
            return way(random)
        except OSError as problem:
            return "nothing", way.__name__, repr(problem)

    def works(self):
        """Ask for something that there is nothing wrong with, as a studio can that has come through all of this."""
        data = ["glass", 1, 256, "own", False, None]
        _, answer = self.request("POST", f"{API}/call/art", json.dumps({"data": data}))
        number = json.loads(answer)["event_id"]
        event = next(one for one in self.events if one["api_name"] == "art")
        return self._end(number, number, event["id"], "art")

    def _event(self, random):
        event = random.choice(self.events)
        return self._ask(random, event, self._values(random, event))

    def _values(self, random, event):
        data = [values.fitting(random, self.components[one]) for one in event["inputs"]]
        lasting = event["api_name"] in LASTING
        wrong = len(data) if lasting else random.choice([0, 1, 1, 1, 2])
        for place in random.sample(range(len(data)), min(wrong, len(data))):
            data[place] = random.choice(values.WRONG)
        if lasting and data:
            data[0] = {"nothing here": "is called so"}  # an empty table is what a panel holds at first
        return data

    def _ask(self, random, event, data, **more):
        body = {"data": data, "fn_index": event["id"], "session_hash": f"fuzz{random.randrange(6)}"} | more
        targets = event["targets"] or [[None, ""]]
        body.setdefault("trigger_id", random.choice([*targets, *targets, [10**9, ""], [None, ""]])[0])
        if event["collects_event_data"]:
            body.setdefault("event_data", random.choice([*values.EVENTS, {"index": 0, "value": None}]))
        if not event["inputs"] and event["api_name"] in LASTING:
            body["data"] = ["there are no inputs"] * 3
            return "left out", event["api_name"], ""
        # A session of its own: we leave its stream as soon as we know enough, and who leaves is taken for gone, so what
        # the same session had asked since would never be answered.
        body["session_hash"] += uuid.uuid4().hex[:8]
        said = f"{event['api_name']} {brief(body)}"
        status, answer = self.request("POST", f"{API}/queue/join", json.dumps(body))
        if status != 200:
            return judged(answer), said, brief(answer)
        return self._end(body["session_hash"], json.loads(answer)["event_id"], event["id"], said)

    def _end(self, session, number, event, said):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request("GET", f"{API}/queue/data?session_hash={session}")
            stream, steps, until = connection.getresponse(), 0, time.monotonic() + PATIENCE
            for line in stream:
                if time.monotonic() > until:
                    return "nothing", said, f"no answer in {PATIENCE} seconds"
                message = json.loads(line[6:]) if line.startswith(b"data: ") else {}
                steps += message.get("msg") == "process_generating"
                if steps == 2:  # it goes on well; we do not wait for its end
                    cancel = {"session_hash": session, "fn_index": event, "event_id": number}
                    self.request("POST", f"{API}/cancel", json.dumps(cancel))
                    return "result", said, "stopped"
                if message.get("msg") == "process_completed" and message.get("event_id") == number:
                    if message["success"]:
                        return "result", said, ""
                    return judged(message["output"].get("error")), said, brief(message["output"])
            return "nothing", said, "the stream ended"
        finally:
            connection.close()

    def _file(self, random):
        name, content = values.odd_file(random)
        mark = "fuzzfuzzfuzz"
        head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
        body = head + content + f"\r\n--{mark}--\r\n".encode()
        status, answer = self.request("POST", f"{API}/upload", body, f"multipart/form-data; boundary={mark}")
        said = f"upload {name!r} {content[:12]!r}... {len(content)} bytes"
        if status != 200:
            return judged(answer), said, brief(answer)
        sent = {"path": json.loads(answer)[0], "orig_name": name, "size": len(content), "meta": values.META}
        takes = [one for one in self.events if one["api_name"] not in LASTING and any(
            self.components[i]["type"] in ("image", "file") for i in one["inputs"])]  # fmt: skip
        event = random.choice(takes)
        data = [values.fitting(random, self.components[one]) for one in event["inputs"]]
        for place, one in enumerate(event["inputs"]):
            if self.components[one]["type"] in ("image", "file"):
                data[place] = [sent] if self.components[one]["props"].get("file_count") == "multiple" else sent
        kind, more, came = self._ask(random, event, data, event_data={"index": 0, "value": None})
        return kind, f"{said}, then {more}", came

    def _named(self, random):
        name = random.choice(self.names)
        event = next(one for one in self.events if one["api_name"] == name)
        data = self._values(random, event)
        data = random.choice([data, data, data[:-1], [*data, 3], [], {}, None, "x"])
        status, answer = self.request("POST", f"{API}/call/{name}", json.dumps({"data": data}))
        said = f"call/{name} {brief(data)}"
        if status != 200:
            return judged(answer), said, brief(answer)
        number = json.loads(answer)["event_id"]
        return self._end(number, number, event["id"], said)

    def _envelope(self, random):
        event = random.choice([one for one in self.events if one["api_name"] not in LASTING])
        wrong = {
            "data": [None, {}, "x", 7, [], [None] * 3, [["a"] * 10] * 500],
            "fn_index": [None, -1, 10**9, "0", 1.5, True, [], 10**30],
            "trigger_id": ["x", -1, 1.5, 10**30, [], {}],
            "session_hash": ["", "a" * 1000, 7, [], {}, "\0", "\u202e"],
            "event_data": [7, "x", [], {"path": "/etc/passwd", "meta": values.META}],
            "event_id": ["x", 7, []], "batched": [True, "x"], "simple_format": ["x", True], "oauth_token": ["x" * 1000, 7],
        }  # fmt: skip
        key = random.choice(list(wrong))
        fit = [values.fitting(random, self.components[one]) for one in event["inputs"]]
        whole = {
            "data": fit,
            "fn_index": event["id"],
            "session_hash": f"fuzz{uuid.uuid4().hex[:8]}",
            "trigger_id": None,
        }
        body = json.dumps(whole | {key: random.choice(wrong[key])})
        broken = [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe\0", b"[" * 100_000, b'{"data": ["\\ud800"]}', b"a=b"]
        if random.random() < 0.3:
            key, body = "the body", random.choice(broken)
        path = random.choice(["queue/join", "queue/join", "call/edit", "run/edit", "cancel", "reset", "component_server",
                              "call/v2/edit", "call/nobody"])  # fmt: skip
        kind = random.choice(["application/json"] * 5 + ["text/plain", "multipart/form-data", "x"])
        headers = random.choice([{}, {}, {"X-Forwarded-Host": "a b\\c"}, {"Cookie": "a" * 5000}, {"Origin": "http://evil"},
                                 {"X-Forwarded-Proto": "x,y"}, {"Range": "bytes=9-1"}])  # fmt: skip
        status, answer = self.request("POST", f"{API}/{path}", body, kind, headers)
        said = f"{path} with {key}, {kind}, {headers}: {brief(body)}"
        if status != 200:
            return judged(answer), said, brief(answer)
        found = json.loads(answer)
        if not isinstance(found, dict) or "event_id" not in found:
            return "result", said, brief(answer)
        session = json.loads(body).get("session_hash") or found["event_id"]
        return self._end(urllib.parse.quote(session), found["event_id"], event["id"], said)

    def _address(self, random):
        path = random.choice(["file=", "file/", "proxy=", "stream/a/b/1/", "custom_component/", "call/", "heartbeat/", "static/",
                              "deep_link?session_hash=", "vibe-code/", "monitoring/", "queue/", "upload_progress?upload_id=",
                              "../config/", "startup-events/"])  # fmt: skip
        rest = random.choice(["/etc/passwd", "../" * 9 + "etc/passwd", "http://127.0.0.1:1/", "%00", "%2e%2e/app.py", "app.py",
                              "a" * 5000, "//host/share", "C:/x", "\\\\host\\x", "%ff%fe", "~root", "."])  # fmt: skip
        if path.startswith("heartbeat"):
            return "left out", path, ""
        method = random.choice(["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"])
        address = f"{random.choice([API, ''])}/{path}{urllib.parse.quote(rest, safe='/%:.~')}"
        status, answer = self.request(method, address)
        said = f"{method} {address[:80]}"
        if status == 200 and b"root:" in answer:
            return "leak", said, brief(answer)
        return ("result" if status < 400 or method == "HEAD" else judged(answer)), said, f"{status} {brief(answer)}"


def judged(answer):
    """Return what kind of answer the words of an error are."""
    if isinstance(answer, bytes):
        try:
            answer = json.loads(answer)
        except ValueError:
            answer = answer.decode(errors="replace")
        answer = answer.get("detail") if isinstance(answer, dict) else answer
    if not isinstance(answer, str) or "Traceback" in answer or not 10 < len(answer) < 300:
        return "nothing" if not answer else "no sentence"
    return "apology" if answer.startswith(SORRY) else "sentence"


def brief(value):
    """Return the beginning of a value's text."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text if len(text) < 300 else f"{text[:200]}... {len(text)} characters"
