"""What the overlays expect to find: keys and certificates as cert-manager would issue them, roots, tokens, and more
users. Made for one run, by openssl and mint_token."""

import copy
import pathlib
import secrets
import subprocess

import yaml


def _run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


class Authority:
    """The certificate authority of one MC system."""

    def __init__(self, system, directory):
        self._stem = f"{directory}/{system}"
        self.root_file = f"{self._stem}.pem"
        _run(
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", f"/CN={system} root", "-days", "1", "-keyout", f"{self._stem}.key", "-out", self.root_file),
            *("-addext", "keyUsage=critical,keyCertSign"),
        )
        self.root = pathlib.Path(self.root_file).read_text()

    def issue(self, name, dns_names):
        """The files of the Secret that cert-manager would make; also written as <system>-<name>.{crt,key}."""
        stem = f"{self._stem}-{name}"
        pathlib.Path(f"{stem}.ext").write_text("subjectAltName=" + ",".join(f"DNS:{each}" for each in dns_names))
        _run(
            *("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", f"/CN={name}", "-keyout", f"{stem}.key", "-out", f"{stem}.csr"),
        )
        _run(
            *("openssl", "x509", "-req", "-in", f"{stem}.csr", "-CA", self.root_file, "-CAkey", f"{self._stem}.key"),
            *("-CAcreateserial", "-days", "1", "-extfile", f"{stem}.ext", "-out", f"{stem}.crt"),
        )
        files = {"tls.crt": f"{stem}.crt", "tls.key": f"{stem}.key", "ca.crt": self.root_file}
        return {key: pathlib.Path(path).read_text() for key, path in files.items()}


class TokenIssuer:
    """South's identity management server."""

    def __init__(self, mint_token, directory, settings):
        self._mint_token, self._directory, self._settings = mint_token, directory, settings
        self._key = ("--kid", "south-1", "--key", f"{directory}/token.key")
        _run(mint_token, "keygen", *self._key, "--jwks", f"{directory}/jwks.json")
        self.jwks = pathlib.Path(directory, "jwks.json").read_text()

    def token(self, user):
        """For one entry of `users` in a client agent's configuration."""
        claims = {
            "mcptt_id": user["partners"][0]["partner_mc_service_id"],
            "mcmig_primary_id": user["primary_mc_service_id"],
            "client_id": "mcptt-client",
            "iss": self._settings["issuer"],
            "aud": self._settings["audience"],
        }
        arguments = [part for name, text in claims.items() for part in ("--claim", f"{name}={text}")]
        path = f"{self._directory}/token"
        command = (self._mint_token, "token", *self._key, *arguments, "--scope", "3gpp:mc:ptt_service")
        _run(*command, "--expires-in", "2h", "--out", path)
        return pathlib.Path(path).read_text()


class CredentialIssuer:
    """North's identity management server: primary credentials, each good for one request."""

    def __init__(self, mint_token, directory, settings):
        self._mint_token, self._directory = mint_token, directory
        self._key = ("--kid", "north-1", "--key", f"{directory}/credential.key")
        self._issuer = settings["issuer"]
        _run(mint_token, "keygen", *self._key, "--jwks", f"{directory}/north-jwks.json")
        self.jwks = pathlib.Path(directory, "north-jwks.json").read_text()

    def credential_file(self, user):
        """The name of a new file, by user: one user asks for one migration at a time."""
        claims = {"mcptt_id": user, "iss": self._issuer, "aud": "south", "jti": secrets.token_hex(16)}
        arguments = [part for name, text in claims.items() for part in ("--claim", f"{name}={text}")]
        path = f"{self._directory}/{user.removeprefix('sip:')}.credential"
        command = (self._mint_token, "token", *self._key, *arguments, "--typ", "mcmig-primary-credential+jwt")
        _run(*command, "--out", path)
        return path


def grant_key(mint_token, directory, primary_server):
    """The key that north's MC service servers sign grants with, and what south verifies them with."""
    key, jwks = f"{directory}/grant.key", f"{directory}/grant-jwks.json"
    _run(mint_token, "keygen", "--kid", primary_server["grants"]["key_id"], "--key", key, "--jwks", jwks)
    return pathlib.Path(key).read_text(), pathlib.Path(jwks).read_text()


def configuration(objects, component, file):
    """The text of a file in the ConfigMap of a role, and the ConfigMap."""
    for each in objects:
        if each["kind"] == "ConfigMap" and each["metadata"]["name"].startswith(f"{component}-config"):
            if file in each["data"]:
                return yaml.safe_load(each["data"][file]), each
    raise LookupError(f"no {file} was rendered")


def add_users(objects, count):
    """Gives the client agent `count` more users, of the kind of its first. Returns all users."""
    agent, config_map = configuration(objects, "client-agent", "client-agent.yaml")
    for number in range(count):
        user = copy.deepcopy(agent["users"][0])
        partner = user["partners"][0]
        user["primary_mc_service_id"] = f"sip:user-{number}@north.example"
        partner["partner_mc_service_id"] = f"sip:visitor-user-{number}@south.example"
        partner["access_token_file"] = f"../tokens/user-{number}.token"
        agent["users"].append(user)
    config_map["data"]["client-agent.yaml"] = yaml.safe_dump(agent, sort_keys=False)
    return agent["users"]


def provide(objects, users, mint_token, directory):
    """Texts by file, by (namespace, name of the ConfigMap or Secret); and what issues primary credentials."""
    namespaces = [each["metadata"]["name"] for each in objects if each["kind"] == "Namespace"]
    authorities = {namespace: Authority(namespace, directory) for namespace in namespaces}
    provided = {}
    for each in objects:
        if each["kind"] == "Certificate":
            namespace, spec = each["metadata"]["namespace"], each["spec"]
            files = authorities[namespace].issue(each["metadata"]["name"], spec["dnsNames"])
            provided[namespace, spec["secretName"]] = files
    roots = {f"{namespace}.pem": authority.root for namespace, authority in authorities.items()}
    for namespace in namespaces:
        provided[namespace, "mcmig-roots"] = roots
    settings = configuration(objects, "partner-server", "partner-server.yaml")[0]["access_tokens"]
    issuer = TokenIssuer(mint_token, directory, settings)
    provided["south", "partner-server-jwks"] = {"jwks.json": issuer.jwks}
    settings = configuration(objects, "primary-server", "primary-server.yaml")[0]["primary_credentials"]
    credentials = CredentialIssuer(mint_token, directory, settings)
    provided["north", "primary-server-jwks"] = {"jwks.json": credentials.jwks}
    key, jwks = grant_key(mint_token, directory, configuration(objects, "primary-server", "primary-server.yaml")[0])
    provided["north", "primary-server-grants"] = {"grant.key": key}
    provided["south", "partner-server-grants"] = {"north.json": jwks}
    provided["north", "client-agent-tokens"] = {
        pathlib.Path(user["partners"][0]["access_token_file"]).name: issuer.token(user) for user in users
    }
    return provided, credentials
