"""The commands about CDISC CORE: make the folder of rules, terminology and library metadata that `validate` reads."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Rules, terminology and library metadata for CDISC's own rules (CORE).")
console = Console()

HOW_TO_FETCH = """\
CORE needs CDISC's rules, controlled terminology and library metadata. They come as a cache of CDISC's rules engine.

  1. Get a key of the CDISC Library (an account of cdisc.org; CDISC Library, API Management).
  2. Get the engine's own program: a release of cdisc-org/cdisc-rules-engine, version 0.17.1. It holds a folder
     resources/cache as it was on the day of the release; if that is new enough for you, go on with 4.
  3. Renew the cache there:    python core.py update-cache --apikey YOUR_KEY
  4. Convert it, once:         cdisckit core import resources/cache --out core-resources
     A folder rules/ beside it with rules as CDISC publishes them (YAML) is taken along.
  5. Use it:                   cdisckit validate STUDY --out OUT --core-resources core-resources

The cache is pickles, and a pickle can run code when it is loaded. The import loads none: it reads them instruction by
instruction, takes plain data only, and shows the SHA-256 of each. What it writes is JSON.
This command has opened no connection; cdisckit never does."""


@app.command("import", epilog="Example: cdisckit core import resources/cache --out core-resources")
def import_(
    source: Annotated[Path, typer.Argument(help="the engine's cache (*.pkl), or the folder with cache/ and rules/",
                                           exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option("--out", help="where the converted files go")],
) -> None:
    """Convert a cache of the CDISC rules engine to JSON; nothing in it is run, and its checksums are shown."""
    from validation.core import describe_resources, import_resources

    sources = import_resources(source, out)
    rules = [entry for entry in sources if entry.name.startswith("rules/")]
    for entry in sources:
        if entry not in rules:
            console.print(f"{entry.sha256}  {entry.name} ({entry.size:,} bytes)", highlight=False, soft_wrap=True)
    if rules:
        console.print(f"and {len(rules)} rules as YAML; their checksums are in manifest.json", highlight=False)
    for line in describe_resources(out):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(f"  wrote {out}", highlight=False, markup=False, soft_wrap=True)


@app.command(epilog="Example: cdisckit core fetch")
def fetch() -> None:
    """Tell how to get a cache with a key of the CDISC Library. Nothing is fetched."""
    console.print(HOW_TO_FETCH, highlight=False, markup=False, soft_wrap=True)
