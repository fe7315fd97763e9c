"""compose.yaml and the Kubernetes manifests: what is locked down, and who can reach what."""

import re
import subprocess

import kubernetes_validate
import pytest
import yaml

MANIFESTS = ("app", "database", "ingress", "namespace", "network", "secrets.example", "settings", "volumes")


@pytest.fixture
def compose(root):
    return yaml.safe_load((root / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def objects(root):
    files = [root / "deploy" / "kubernetes" / f"{name}.yaml" for name in MANIFESTS]
    return [each for file in files for each in yaml.safe_load_all(file.read_text(encoding="utf-8"))]


def test_every_service_is_locked_down_and_bounded(compose):
    assert set(compose["services"]) == {"app", "app-2", "proxy", "database"}
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "unless-stopped", name
        assert {"mem_limit", "pids_limit"} <= set(service), name
        assert not service.get("privileged")
        assert all("docker.sock" not in str(volume) for volume in service.get("volumes", []))


def test_without_sign_in_only_this_machine_is_listened_to(compose):
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert len(published) == 2
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert compose["services"]["app"]["environment"]["CLIPDASH_OPEN"] == "1"
    assert compose["networks"]["inside"] == {"internal": True}
    assert compose["services"]["database"]["networks"] == ["inside"]


def test_the_app_waits_for_a_database_that_answers(compose):
    app, database = compose["services"]["app"], compose["services"]["database"]
    assert app["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert database["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]


def test_secrets_are_files_and_stand_nowhere_else(compose, root):
    assert compose["secrets"] == {"database-password": {"file": "deploy/secrets/database-password"}}
    for service in compose["services"].values():
        values = {str(value) for value in service.get("environment", {}).values()}
        assert not [value for value in values if re.search(r"//[^/@]*:[^/@]*@", value)]
    ignored = subprocess.run(
        ["git", "check-ignore", "deploy/secrets/database-password", "deploy/secrets/sign-in.toml"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if (root / ".git").exists():
        assert len(ignored.stdout.splitlines()) == 2


def test_sign_in_takes_the_open_door_back(root, compose):
    more = yaml.safe_load((root / "deploy" / "compose.sign-in.yaml").read_text(encoding="utf-8"))
    assert set(more["services"]) == {"app", "app-2"}
    for service in more["services"].values():
        assert service["environment"] == {
            "CLIPDASH_OPEN": "",
            "CLIPDASH_SIGN_IN": "/run/secrets/sign-in.toml",
            "CLIPDASH_ACCESS": "/etc/clipdash/access.toml",
        }
        assert service["volumes"] == ["./deploy/secrets/access:/etc/clipdash:ro"]  # a folder: see the file
    assert set(more["secrets"]) == {"sign-in"}


def test_the_audit_log_outlives_its_container_and_settings_are_passed_on(compose):
    environment = compose["services"]["app"]["environment"]
    assert environment["CLIPDASH_AUDIT_LOG"].startswith("/data/records/")
    assert "records:/data/records" in compose["services"]["app"]["volumes"]
    for name in ("CLIPDASH_HOSTS", "CLIPDASH_FRAME_ANCESTORS", "CLIPDASH_METRICS_PORT"):
        assert environment[name] == f"${{{name}:-}}"


def test_the_proxy_keeps_a_browser_with_its_replica(root):
    text = (root / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    assert "reverse_proxy app:8501 app-2:8501" in text
    assert "lb_policy cookie" in text


def test_the_secret_is_made_once_and_closed_to_others(root, tmp_path):
    maker = tmp_path / "make-secrets.sh"
    maker.write_bytes((root / "deploy" / "make-secrets.sh").read_bytes())
    said = [subprocess.run(["sh", maker], capture_output=True, text=True, check=True).stdout for _ in range(2)]
    secret = tmp_path / "secrets" / "database-password"
    password = secret.read_text()
    assert re.fullmatch(r"[0-9a-f]{64}", password)
    assert secret.parent.stat().st_mode & 0o777 == 0o700
    assert (secret.parent / "access").is_dir()
    assert password not in "".join(said)
    assert "stays as it is" in said[1]


def test_manifests_fit_kubernetes_own_schemas(objects):
    for each in objects:
        kubernetes_validate.validate(each, "1.37", strict=True)


def test_kustomization_names_every_manifest_but_the_example_of_secrets(root):
    text = (root / "deploy" / "kubernetes" / "kustomization.yaml").read_text(encoding="utf-8")
    named = yaml.safe_load(text)["resources"]
    assert sorted(named) == sorted(f"{name}.yaml" for name in MANIFESTS if name != "secrets.example")


def test_every_pod_is_what_the_restricted_standard_asks_for(objects):
    pods = [each["spec"]["template"]["spec"] for each in objects if each["kind"] in {"Deployment", "StatefulSet"}]
    assert len(pods) == 2
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False
            assert own["readOnlyRootFilesystem"] is True
            assert own["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in container["resources"]["limits"]


def test_a_database_that_is_away_neither_restarts_nor_hides_the_app(objects, root):
    app = next(each for each in objects if each["kind"] == "Deployment")["spec"]["template"]["spec"]["containers"][0]
    asked = {name: app[name]["httpGet"]["path"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert asked == {"startupProbe": "/readyz", "readinessProbe": "/livez", "livenessProbe": "/livez"}
    assert "health_uri /livez" in (root / "deploy" / "Caddyfile").read_text(encoding="utf-8")


def test_whatever_listens_beyond_the_machine_asks_who_enters(objects):
    settings = next(each for each in objects if each["kind"] == "ConfigMap")["data"]
    assert "CLIPDASH_OPEN" not in settings
    assert {"CLIPDASH_SIGN_IN", "CLIPDASH_ACCESS"} <= set(settings)
    assert all(value.startswith("/run/secrets/") for name, value in settings.items() if "PASSWORD" in name)


def test_nothing_may_go_in_or_out_unless_a_policy_says_so(objects):
    policies = {each["metadata"]["name"]: each["spec"] for each in objects if each["kind"] == "NetworkPolicy"}
    assert policies["nothing-else"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert "egress" not in policies["database"]
    ingress = next(each for each in objects if each["kind"] == "Ingress")
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/affinity"] == "cookie"
