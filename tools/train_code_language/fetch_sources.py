"""Download every project named in the lists of the sources folder with the registries' own clients.

The result is one directory per project, recorded in ``<work>/fetched.json``.
A project that cannot be fetched is reported and left out.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REGISTRIES = ("toolchain", "go", "crates", "pypi", "npm", "maven")
MAVEN_SCRATCH = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>scratch</groupId><artifactId>scratch</artifactId><version>0</version><packaging>pom</packaging>
<build><plugins><plugin>
<groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId>
<configuration><artifactItems>
{items}
</artifactItems></configuration>
</plugin></plugins></build>
</project>
"""


@dataclass(frozen=True)
class Project:
    """One package of one registry, wholly in one split."""

    registry: str
    name: str
    version: str
    licence: str
    family: str
    split: str
    labels: tuple[str, ...]
    form: str = ""

    @property
    def key(self) -> str:
        return f"{self.registry}:{self.name}"

    @property
    def slug(self) -> str:
        return f"{self.registry}_{self.name}_{self.version}".replace("/", "+").replace(":", "+")


def read_projects(folder: Path) -> list[Project]:
    """Read the lists of projects: one file per registry, named after it."""
    return [
        Project(registry=path.stem, **{**row, "labels": tuple(row["labels"])})
        for path in (folder / f"{registry}.toml" for registry in REGISTRIES)
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["projects"]
    ]


def run(command: list[str], cwd: Path) -> str:
    """Run a registry client and return its standard output."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        message = (done.stderr or done.stdout).strip()[-300:]
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {message}")
    return done.stdout


def unpack(archive: Path, target: Path) -> None:
    """Unpack a wheel, jar or tar archive."""
    if archive.name.endswith((".whl", ".jar", ".zip")):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(target)
    else:
        with tarfile.open(archive) as opened:
            opened.extractall(target, filter="data")


def fetch_go(project: Project, target: Path) -> Path:
    wanted = f"{project.name}@{project.version or 'latest'}"
    answer = json.loads(run(["go", "mod", "download", "-json", wanted], target))
    return Path(answer["Dir"])


def fetch_crates(project: Project, target: Path) -> Path:
    version = f"={project.version}" if project.version else "*"
    (target / "src").mkdir(exist_ok=True)
    (target / "src" / "lib.rs").touch()
    (target / "Cargo.toml").write_text(
        '[package]\nname = "scratch"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n'
        f'{project.name} = {{ version = "{version}", default-features = false }}\n\n[workspace]\n',
        encoding="utf-8",
    )
    described = json.loads(run(["cargo", "metadata", "--format-version", "1"], target))
    for package in described["packages"]:
        if package["name"] == project.name:
            return Path(package["manifest_path"]).parent
    raise RuntimeError("not in the dependency graph")


def fetch_npm(projects: list[Project], targets: list[Path]) -> list[Path]:
    wanted = [f"{p.name}@{p.version}" if p.version else p.name for p in projects]
    answer = json.loads(run(["npm", "pack", *wanted, "--json", "--ignore-scripts"], targets[0]))
    entries = {entry["name"]: entry for entry in (answer if isinstance(answer, list) else answer.values())}
    roots = []
    for project, target in zip(projects, targets, strict=True):
        archive = targets[0] / entries[project.name]["filename"]
        unpack(archive, target / "unpacked")
        archive.unlink()
        roots.append(target / "unpacked")
    return roots


def fetch_pypi(project: Project, target: Path) -> Path:
    wanted = f"{project.name}=={project.version}" if project.version else project.name
    form = "--no-binary" if project.form == "sdist" else "--only-binary"
    run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", form, ":all:", wanted, "-d", "."], target)
    (archive,) = [path for path in target.iterdir() if path.is_file()]
    unpack(archive, target / "unpacked")
    archive.unlink()
    return target / "unpacked"


def fetch_maven(projects: list[Project], targets: list[Path]) -> list[Path]:
    items = []
    for project, target in zip(projects, targets, strict=True):
        group, artifact = project.name.split(":")
        for kind in ("<classifier>sources</classifier>", "<type>pom</type>"):
            items.append(
                f"<artifactItem><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
                f"<version>{project.version}</version>{kind}<outputDirectory>{target}</outputDirectory></artifactItem>"
            )
    scratch = targets[0] / "scratch.xml"
    scratch.write_text(MAVEN_SCRATCH.format(items="\n".join(items)), encoding="utf-8")
    run(["mvn", "-q", "-B", "-f", scratch.name, "dependency:copy"], targets[0])
    scratch.unlink()
    for target in targets:
        (archive,) = target.glob("*.jar")
        unpack(archive, target / "unpacked")
        archive.unlink()
        for pom in target.glob("*.pom"):
            pom.rename(target / "unpacked" / "pom.xml")
    return [target / "unpacked" for target in targets]


def fetch_toolchain(project: Project, target: Path) -> Path:
    """Find text that comes with an installed toolchain."""
    match project.name:
        case "go":
            return Path(run(["go", "env", "GOROOT"], target).strip())
        case "cpython":
            return Path(sysconfig.get_path("stdlib"))
        case "rust-book":
            return Path(run(["rustc", "--print", "sysroot"], target).strip()) / "share/doc/rust/html/book"
    raise RuntimeError("unknown toolchain")


SINGLE_FETCHERS: dict[str, Callable[[Project, Path], Path]] = {
    "crates": fetch_crates,
    "go": fetch_go,
    "pypi": fetch_pypi,
    "toolchain": fetch_toolchain,
}
GROUP_FETCHERS: dict[str, Callable[[list[Project], list[Path]], list[Path]]] = {
    "maven": fetch_maven,
    "npm": fetch_npm,
}


def fetch_all(projects: list[Project], targets: list[Path]) -> None:
    """Fetch projects of one registry together; halve the group when one of them fails."""
    if not projects:
        return
    registry = projects[0].registry
    for target in targets:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
    try:
        if registry in GROUP_FETCHERS:
            roots = GROUP_FETCHERS[registry](projects, targets)
        else:
            roots = [SINGLE_FETCHERS[registry](projects[0], targets[0])]
    except (RuntimeError, OSError, ValueError, KeyError, subprocess.TimeoutExpired) as problem:
        if len(projects) == 1:
            print(f"left out {projects[0].key}: {problem}", file=sys.stderr, flush=True)
            return
        middle = len(projects) // 2
        fetch_all(projects[:middle], targets[:middle])
        fetch_all(projects[middle:], targets[middle:])
        return
    for target, root in zip(targets, roots, strict=True):
        (target / "root.txt").write_text(str(root), encoding="utf-8")


def fetch_registry(projects: list[Project], work: Path) -> dict[str, str]:
    """Fetch what is still missing of one registry, a group at a time."""
    targets = {p.key: work / "packages" / p.slug for p in projects}
    missing = [p for p in projects if not (targets[p.key] / "root.txt").exists()]
    size = 16 if missing and missing[0].registry in GROUP_FETCHERS else 1
    for start in range(0, len(missing), size):
        group = missing[start : start + size]
        fetch_all(group, [targets[p.key] for p in group])
    records = {key: target / "root.txt" for key, target in targets.items()}
    return {key: path.read_text(encoding="utf-8") for key, path in records.items() if path.exists()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, default=HERE / "sources")
    parser.add_argument("--work", type=Path, required=True, help="directory for downloads and intermediate files")
    options = parser.parse_args()
    work: Path = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    projects = read_projects(options.sources)
    by_registry = [[p for p in projects if p.registry == name] for name in REGISTRIES]
    with ThreadPoolExecutor(max_workers=len(REGISTRIES)) as pool:
        found: dict[str, str] = {}
        for part in pool.map(lambda group: fetch_registry(group, work), by_registry):
            found |= part
    rows = [asdict(p) | {"key": p.key, "root": found[p.key]} for p in projects if p.key in found]
    (work / "fetched.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    print(f"{len(rows)} of {len(projects)} projects fetched")


if __name__ == "__main__":
    main()
