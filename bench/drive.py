#!/usr/bin/env python3
"""Play whole Twilio conversations against any webhook URL, check every reply, and print one JSON line.

  drive.py DIALOG.json --base http://127.0.0.1:8100 [-n 2000] [-c 16] [--rate 500] [--token 12345] [--sign-base URL]
           [--pid SERVER_PID] [--also-pid REDIS_PID] [--out FILE] [--secs 10] [--start 0] [-v]

A *turn* is one message or key press of the caller. Every <Redirect> in the response is followed, as Twilio does (at most
10), so a server that needs three HTTP requests for one reply is charged for all three. Turn latency runs from the first
byte sent to the last byte of the last response (with --rate: from when the turn was due, so that queueing is not hidden).
Uses only the standard library. README.md in this folder describes the dialog format.
"""

import argparse, json, os, re, select, socket, subprocess, sys, time, uuid, html
from collections import Counter, deque
from urllib.parse import urlencode, urlsplit, urljoin

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from twilio_sign import signature, SMS, VOICE


def pct(a, p):
    return round(a[min(len(a) - 1, int(len(a) * p))] * 1e3, 3) if a else None


HZ = os.sysconf("SC_CLK_TCK")


def children(pid):
    out, todo = [], [pid]
    while todo:
        p = todo.pop()
        out.append(p)
        try:
            for t in os.listdir(f"/proc/{p}/task"):
                todo += [int(x) for x in open(f"/proc/{p}/task/{t}/children").read().split()]
        except OSError:
            pass
    return out


def cpu_of(pids):
    t = 0.0
    for p in pids:
        try:
            f = open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()
            t += (int(f[11]) + int(f[12])) / HZ
        except OSError:
            pass
    return t


def machine_busy():
    a = [int(x) for x in open("/proc/stat").readline().split()[1:]]
    return (sum(a[:3]) + sum(a[5:8])) / HZ


class Dialog:
    def __init__(s, path):
        d = json.load(open(path))
        s.d = d
        s.name = d["name"]
        s.channel = d.get("channel", "sms")
        s.path = d.get("path", "/sms")
        s.method = d.get("method", "POST")
        s.follow_action = d.get("follow_action", False)
        s.cookies = d.get("cookies", False)
        s.turns = d["turns"]
        s.prefix = d.get("number_prefix", "+1510")
        s.rx = [re.compile(t["expect"], re.S) for t in s.turns]
        s.count = d.get("messages_per_reply")
        s.extra = d.get("fields", {})


class Conv:
    __slots__ = ("k", "i", "frm", "call", "cookie", "path", "method", "t0", "hops", "due", "params", "uid")

    def __init__(s, k, dl):
        s.k = k
        s.i = 0
        s.frm = f"{dl.prefix}{k:07d}"
        s.uid = uuid.uuid4().hex
        s.call = "CA" + s.uid
        s.cookie = None
        s.path = dl.path
        s.method = dl.method


def build(dl, cv, host, token, sign_base, drop=(), over=None, sid=None):
    t = dl.turns[cv.i]
    say = t.get("say", "").replace("{n}", str(cv.k))
    if dl.channel == "sms":
        sid = sid or "SM" + cv.uid[:24] + f"{cv.i:08x}"
        p = dict(SMS, From=cv.frm, MessageSid=sid, SmsMessageSid=sid, SmsSid=sid, Body=say)
    else:
        p = dict(VOICE, From=cv.frm, Caller=cv.frm, CallSid=cv.call)
        if say:
            p["Digits"] = say
    p.update(dl.extra)
    p.update(t.get("fields", {}))
    if over:
        p.update(over)
    for x in drop:
        p.pop(x, None)
    return p


def wire(method, path, host, params, token, sign_base, cookie, sig=None):
    base = sign_base or "http://" + host
    if method == "GET":
        path += ("&" if "?" in path else "?") + urlencode(params)
        body = b""
        sig = signature(token, base + path, {}) if sig is None else sig
        h = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: TwilioProxy/1.1\r\nX-Twilio-Signature: {sig}\r\n"
    else:
        body = urlencode(params).encode()
        sig = signature(token, base + path, params) if sig is None else sig
        h = (
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: TwilioProxy/1.1\r\nX-Twilio-Signature: {sig}\r\n"
            f"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {len(body)}\r\n"
        )
    if cookie:
        h += "Cookie: " + cookie + "\r\n"
    return h.encode() + b"\r\n" + body


REDIR = re.compile(r"<Redirect([^>]*)>([^<]*)</Redirect>")
ACTION = re.compile(r"<(?:Gather|Record)\b([^>]*)>")
ATTR = re.compile(r'(\w+)="([^"]*)"')


def next_hop(text, path):
    """Return (method, path) of the next <Redirect>; None if there is none, or if a <Gather> or <Record> waits for input."""
    m = REDIR.search(text)
    if not m or ACTION.search(text):
        return None
    a = dict(ATTR.findall(m[1]))
    u = urlsplit(urljoin(path, html.unescape(m[2]).strip()))
    return a.get("method", "POST").upper(), u.path + ("?" + u.query if u.query else "")


def next_action(text, path):
    m = ACTION.search(text)
    if not m:
        return None
    a = dict(ATTR.findall(m[1]))
    u = urlsplit(urljoin(path, html.unescape(a.get("action", path))))
    return a.get("method", "POST").upper(), u.path + ("?" + u.query if u.query else "")


class Conn:
    __slots__ = (
        "s",
        "buf",
        "cv",
        "need",
        "hdr_end",
        "chunked",
        "keep",
        "status",
        "head",
        "out",
        "fd",
        "used",
    )

    def __init__(c):
        c.s = None
        c.cv = None
        c.buf = b""
        c.fd = -1

    def open(c, addr):
        c.s = socket.create_connection(addr)
        c.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        c.s.setblocking(False)
        c.fd = c.s.fileno()
        c.used = 0

    def close(c, ep):
        if c.s:
            try:
                ep.unregister(c.fd)
            except Exception:
                pass
            c.s.close()
            c.s = None


CL = re.compile(rb"content-length: *(\d+)", re.I)


def parse(c):
    """Return (status, head, body) if the response is complete, else None."""
    b = c.buf
    if c.hdr_end < 0:
        e = b.find(b"\r\n\r\n")
        if e < 0:
            return None
        c.hdr_end = e + 4
        c.head = b[:e]
        c.status = int(b[9:12])
        low = c.head.lower()
        c.keep = b"connection: close" not in low and not (b[:8] == b"HTTP/1.0" and b"keep-alive" not in low)
        m = CL.search(c.head)
        c.chunked = b"transfer-encoding: chunked" in low
        c.need = c.hdr_end + int(m[1]) if m else (0 if c.chunked else -1)
    if c.chunked:
        if not b.endswith(b"0\r\n\r\n"):
            return None
        out, i = b"", c.hdr_end
        while True:
            j = b.index(b"\r\n", i)
            n = int(b[i:j].split(b";")[0], 16)
            if n == 0:
                break
            out += b[j + 2 : j + 2 + n]
            i = j + 4 + n
        return c.status, c.head, out
    if c.need < 0:
        return None
    return (c.status, c.head, b[c.hdr_end : c.need]) if len(b) >= c.need else None


def run(dl, a):
    u = urlsplit(a.base)
    addr = (u.hostname, u.port or 80)
    host = u.netloc
    ep = select.epoll()
    conns = [Conn() for _ in range(a.c)]
    by_fd = {}
    lat = []
    http_lat = []
    st = Counter()
    bad = []
    hops = 0
    k = a.start
    end_k = a.start + a.n
    free = deque(conns)
    live = deque()
    turns_done = 0
    good_turns = 0
    convs_ok = 0
    convs_bad = 0
    aborted = 0
    issued = 0
    t_start = time.perf_counter()
    deadline = t_start + a.secs if a.secs else None
    ready = deque()  # conversations waiting for a paced slot (only with --rate)
    inflight = 0

    def send(c, cv, method, path, params):
        if c.s is None:
            c.open(addr)
            ep.register(c.fd, select.EPOLLIN)
            by_fd[c.fd] = c
        data = wire(method, path, host, params, a.token, a.sign_base, cv.cookie)
        c.buf = b""
        c.hdr_end = -1
        c.used += 1
        n = c.s.send(data)
        while n < len(data):
            select.select([], [c.s], [])
            n += c.s.send(data[n:])

    def begin(c, cv, due=None):
        nonlocal inflight
        c.cv = cv
        cv.hops = 0
        cv.params = build(dl, cv, host, a.token, a.sign_base)
        cv.t0 = due or time.perf_counter()
        inflight += 1
        try:
            send(c, cv, cv.method, cv.path, cv.params)
        except OSError as e:
            fail(c, cv, "connect:" + e.__class__.__name__)

    parked = deque()  # recently refused connections: retried with a new conversation after 50 ms

    def newconv():
        nonlocal k
        if k >= end_k or (deadline and time.perf_counter() > deadline):
            return None
        cv = Conv(k, dl)
        k += 1
        return cv

    def fail(c, cv, why):
        nonlocal inflight, aborted, convs_bad
        st[why] += 1
        inflight -= 1
        convs_bad += 1
        c.close(ep)
        by_fd.pop(c.fd, None)
        c.cv = None
        parked.append((time.perf_counter() + 0.05, c))
        if len(bad) < 8:
            bad.append([cv.frm, cv.i, why])

    def after(c, cv):
        """Finish a turn; `cv` is the conversation to continue, or None if it has ended."""
        if a.rate:
            if cv:
                ready.append(cv)
            free.append(c)
        else:
            cv = cv or newconv()
            if cv:
                begin(c, cv)
            else:
                free.append(c)

    def reply(c, status, head, body):
        nonlocal hops, turns_done, good_turns, convs_ok, convs_bad, inflight
        cv = c.cv
        now = time.perf_counter()
        st[status] += 1
        hops += 1
        if dl.cookies:
            for m in re.findall(rb"(?i)\r\nset-cookie: ([^;\r]*)", head):
                v = m.decode()
                cv.cookie = None if v.endswith("=") else v
        if not c.keep:
            c.close(ep)
            by_fd.pop(c.fd, None)
        text = body.decode("utf-8", "replace")
        if status == 200:
            nh = next_hop(text, cv.path) if "<Redirect" in text else None
            if nh and cv.hops < 10:
                cv.hops += 1
                try:
                    send(c, cv, nh[0], nh[1], cv.params)
                except OSError as e:
                    fail(c, cv, "connect:" + e.__class__.__name__)
                return
        elif status in (301, 302, 303, 307, 308) and cv.hops < 10:
            m = re.search(rb"(?i)\r\nlocation: ([^\r]*)", head)
            v = urlsplit(urljoin(a.base + cv.path, m[1].decode()))
            cv.hops += 1
            try:
                send(
                    c,
                    cv,
                    cv.method if status in (307, 308) else "GET",
                    v.path + ("?" + v.query if v.query else ""),
                    cv.params,
                )
            except OSError as e:
                fail(c, cv, "connect:" + e.__class__.__name__)
            return
        inflight -= 1
        turns_done += 1
        lat.append(now - cv.t0)
        ok = status == 200 and dl.rx[cv.i].search(text) is not None
        if ok:
            good_turns += 1
        else:
            if status == 200:
                st["mismatch"] += 1
            if len(bad) < 8:
                bad.append([cv.frm, cv.i, status, text[:200]])
        if ok and dl.follow_action:
            na = next_action(text, cv.path)
            if na:
                cv.method, cv.path = na
        c.cv = None
        cv.i += 1
        if not ok:
            convs_bad += 1
            after(c, None)
        elif cv.i >= len(dl.turns):
            convs_ok += 1
            after(c, None)
        else:
            after(c, cv)

    # CPU usage
    spids = children(a.pid) if a.pid else []
    opids = [p for q in (a.also_pid or []) for p in children(q)]
    s0, o0, g0, m0 = cpu_of(spids), cpu_of(opids), time.process_time(), machine_busy()
    if not a.rate:
        for c in list(conns):
            free.remove(c)
            cv = newconv()
            if cv:
                begin(c, cv)
            else:
                free.append(c)
    while True:
        now = time.perf_counter()
        tmo = 10.0
        while parked and parked[0][0] <= now:
            after(parked.popleft()[1], None)
        if a.rate:
            due = t_start + issued / a.rate
            while due <= now and free:
                cv = (
                    ready.popleft()
                    if ready and len(ready) > a.mix
                    else (newconv() or (ready.popleft() if ready else None))
                )
                if cv is None:
                    break
                c = free.popleft()
                issued += 1
                begin(c, cv, due)
                due = t_start + issued / a.rate
            tmo = max(0.0, min(10.0, due - time.perf_counter())) if free else 10.0
            if not inflight and not ready and not parked and (k >= end_k or (deadline and now > deadline)):
                break
            if not inflight and tmo == 0.0 and not ready and k >= end_k:
                break
        elif not inflight and not parked:
            break
        if parked:
            tmo = min(tmo, 0.05)
        ev = ep.poll(tmo)
        if not ev and inflight and tmo >= 10.0:
            for c in list(by_fd.values()):
                if c.cv:
                    fail(c, c.cv, "timeout10s")
            continue
        for fd, e in ev:
            c = by_fd.get(fd)
            if c is None:
                continue
            try:
                d = c.s.recv(65536)
            except BlockingIOError:
                continue
            except OSError as x:
                d = b""
            if c.cv is None:
                if not d:
                    c.close(ep)
                    by_fd.pop(fd, None)
                continue
            if not d:
                if c.buf and c.hdr_end < 0:
                    parse(c)
                if c.hdr_end >= 0 and c.need == -1 and not c.chunked:
                    c.keep = False
                    reply(c, c.status, c.head, c.buf[c.hdr_end :])
                elif (
                    c.used > 1 and not c.buf
                ):  # the server closed a keep-alive connection: retry once, as Twilio's client would
                    cv = c.cv
                    st["stale_conn"] += 1
                    c.close(ep)
                    by_fd.pop(fd, None)
                    try:
                        send(c, cv, cv.method, cv.path, cv.params)
                    except OSError as x:
                        fail(c, cv, "connect:" + x.__class__.__name__)
                else:
                    fail(c, c.cv, "closed")
                continue
            c.buf = c.buf + d if c.buf else d
            r = parse(c)
            if r:
                reply(c, *r)
    dt = time.perf_counter() - t_start
    s1, o1, g1, m1 = cpu_of(spids), cpu_of(opids), time.process_time(), machine_busy()
    for c in conns:
        c.close(ep)
    lat.sort()
    n = max(1, turns_done)
    r = dict(
        dialog=dl.name,
        base=a.base,
        conns=a.c,
        rate=a.rate,
        convs_ok=convs_ok,
        convs_bad=convs_bad,
        turns=turns_done,
        turns_ok=good_turns,
        turns_s=round(good_turns / dt, 1),
        secs=round(dt, 2),
        http_per_turn=round(hops / n, 2),
        p50_ms=pct(lat, 0.5),
        p90_ms=pct(lat, 0.9),
        p99_ms=pct(lat, 0.99),
        p999_ms=pct(lat, 0.999),
        max_ms=pct(lat, 1),
        status={str(x): y for x, y in st.items()},
        gen_us=round((g1 - g0) / n * 1e6, 1),
        gen_cores=round((g1 - g0) / dt, 2),
    )
    if spids:
        r["server_us"] = round((s1 - s0) / n * 1e6, 1)
        r["server_cores"] = round((s1 - s0) / dt, 2)
    if opids:
        r["also_us"] = round((o1 - o0) / n * 1e6, 1)
    r["other_cores"] = round((m1 - m0 - (s1 - s0) - (o1 - o0) - (g1 - g0)) / dt, 2)
    if bad:
        r["bad"] = bad[: a.v and 8 or 2]
    return r


def args(argv=None):
    p = argparse.ArgumentParser()
    p.add_argument("dialog")
    p.add_argument("--base", required=True)
    p.add_argument("-n", type=int, default=2000, help="conversations")
    p.add_argument("-c", type=int, default=16, help="connections, each with one conversation in flight")
    p.add_argument("--rate", type=float, default=0, help="turns per second to offer (open loop); 0 for no pacing")
    p.add_argument("--mix", type=int, default=50)
    p.add_argument("--token", default="12345")
    p.add_argument("--sign-base", default=None, help="scheme://host to sign, if a proxy changes it")
    p.add_argument("--pid", type=int)
    p.add_argument("--also-pid", type=int, action="append")
    p.add_argument("--out")
    p.add_argument("--secs", type=float, default=0)
    p.add_argument(
        "--start",
        type=int,
        default=None,
        help="number of the first conversation; random by default, so that runs do not share sessions",
    )
    p.add_argument("-v", action="store_true")
    a = p.parse_args(argv)
    if a.start is None:
        import random

        a.start = random.randrange(2_000_000, 9_900_000)
    return a


if __name__ == "__main__":
    a = args()
    dl = Dialog(a.dialog)
    r = run(dl, a)
    s = json.dumps(r, ensure_ascii=False)
    print(s)
    if a.out:
        open(a.out, "a").write(s + "\n")
    sys.exit(0 if not r["convs_bad"] else 3)
