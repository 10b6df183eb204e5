"""Verifies a log from its tiles and its lines, sharing no code with the program. Standard library; Ed25519 by openssl."""
import base64, hashlib, json, os, subprocess, sys, tempfile

root_dir, vkey = sys.argv[1], sys.argv[2]
sha = lambda b: hashlib.sha256(b).digest()
leaf = lambda b: sha(b"\0" + b)
node = lambda l, r: sha(b"\1" + l + r)


def mth(hashes):
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node(mth(hashes[:k]), mth(hashes[k:]))


def tile(level, n, width):
    name = "%03d" % (n % 1000)
    while n >= 1000:
        n //= 1000
        name = "x%03d/%s" % (n % 1000, name)
    path = os.path.join(root_dir, "tile", str(level), name + ("" if width == 256 else ".p/%d" % width))
    with open(path, "rb") as f:
        return f.read()


def check(ok, what):
    if not ok:
        sys.exit("FAILED: " + what)


with open(os.path.join(root_dir, "checkpoint"), encoding="utf-8") as f:
    text, _, signatures = f.read().partition("\n\n")
text += "\n"
origin, size, root64 = text.splitlines()
size = int(size)

name, key_id, key = vkey.split("+", 2)
key = base64.b64decode(key)
check(name == origin, "the key's name is not the origin")
check(sha(name.encode() + b"\n" + key)[:4].hex() == key_id, "the key's id")
signed = [line.split(" ") for line in signatures.splitlines()]
signature = next(base64.b64decode(s[2]) for s in signed if s[0] == "\u2014" and s[1] == name)
check(signature[:4].hex() == key_id, "the signature's key id")
with tempfile.TemporaryDirectory() as tmp:
    paths = [os.path.join(tmp, n) for n in ("key", "sig", "text")]
    for path, data in zip(paths, (bytes.fromhex("302a300506032b6570032100") + key[1:], signature[4:], text.encode())):
        with open(path, "wb") as f:
            f.write(data)
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[0], "-rawin",
                           "-in", paths[2], "-sigfile", paths[1]], capture_output=True)
    check(done.returncode == 0, "the signature")

entries = []
for n in range((size + 255) // 256):
    width = min(256, size - n * 256)
    data = tile("entries", n, width)
    while data:
        length = int.from_bytes(data[:2], "big")
        entries.append(data[2:2 + length])
        data = data[2 + length:]
check(len(entries) == size, "the number of entries")

hashes, level = [leaf(e) for e in entries], 0
check(base64.b64encode(mth(hashes)).decode() == root64, "the root")
current = hashes
while current:
    for n in range((len(current) + 255) // 256):
        part = current[n * 256:n * 256 + 256]
        check(tile(level, n, len(part)) == b"".join(part), "tile %d/%d" % (level, n))
    current, level = [mth(current[i:i + 256]) for i in range(0, len(current) - 255, 256)], level + 1

lines = []
for segment in sorted(os.listdir(os.path.join(root_dir, "wal")), key=lambda s: int(s[9:25])):
    with open(os.path.join(root_dir, "wal", segment), "rb") as f:
        lines += f.read().split(b"\n")[:-1]
check(lines[:size] == entries, "the lines are the entries")
prev = "0" * 64
for seq, line in enumerate(lines):
    event = json.loads(line)
    check(event["seq"] == seq and event["prev"] == prev and event["origin"] == origin, "event %d" % seq)
    # Integers and strings only, so sorted keys without spaces are canonical as long as the keys are ASCII.
    check(json.dumps(event, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() == line, "the form of event %d" % seq)
    prev = leaf(line).hex()
print("ok %d" % size)
