"""Figures of the run's report: concentration-time curves, Cmax by cycle, antibody titre by time.

A figure is a function that draws from datasets; FIGURES says which variables of which datasets it needs. The same data
give the same bytes: no clock, no random shift of points, fixed metadata.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

__all__ = ["FIGURES", "FigureSpec", "draw_cmax", "draw_concentrations", "draw_titres", "write_figures"]

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#7A5195", "#4D4D4D")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
CATEGORY_COLOURS = {"NEGATIVE": "#BBBBBB", "TREATMENT-UNAFFECTED": "#0072B2", "TREATMENT-INDUCED": "#D55E00",
                    "TREATMENT-BOOSTED": "#CC79A7", "": "#BBBBBB", "NOT EVALUABLE": "#BBBBBB"}
LOOK = {"font.size": 9, "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
        "grid.alpha": 0.25, "grid.linewidth": 0.6, "legend.frameon": False, "legend.fontsize": 8,
        "svg.hashsalt": "cdisckit", "svg.fonttype": "none", "font.family": "DejaVu Sans"}
FORMATS = {"png": {"metadata": {"Software": None}, "dpi": 130},
           "svg": {"metadata": {"Date": None, "Creator": None}}}
FULL_PROFILE = 5                                        # planned times of a dose that make a curve
JOINED_SHARE = 0.01                                     # planned times that are nearer than this are one point


@dataclass(frozen=True)
class FigureSpec:
    """One kind of figure: what draws it, from which variables of which datasets."""

    draw: Callable[..., dict[str, Figure]]
    needs: Mapping[str, Sequence[str]]


def write_figures(read: Callable[[str, Sequence[str]], pd.DataFrame], datasets: Collection[str],
                  folder: Path) -> list[str]:
    """Draw every figure whose datasets were made, as PNG and SVG; the names of the files.

    `read` gives the stated variables of a dataset.
    """
    written = []
    for spec in FIGURES:
        if not set(spec.needs) <= set(datasets):
            continue
        frames = [read(name, columns) for name, columns in spec.needs.items()]
        with rc_context(LOOK):
            for name, figure in spec.draw(*frames).items():
                folder.mkdir(exist_ok=True)
                figure.draw_without_rendering()                  # the layout, once
                figure.set_layout_engine("none")
                for ending, options in FORMATS.items():
                    figure.savefig(folder / f"{name}.{ending}", format=ending, **options)
                    written.append(f"{name}.{ending}")
    return written


def draw_concentrations(adpc: pd.DataFrame) -> dict[str, Figure]:
    """For each drug two figures, each with a linear and a logarithmic axis and a row for each dose with a whole series
    of samples: mean and standard deviation by planned time and treatment; and every subject by actual time.
    """
    adpc = adpc[(adpc["NCAXFL"] != "Y") & (adpc["SAFFL"] == "Y")]
    planned = adpc[adpc["DTYPE"] == ""].groupby(["PARAMCD", "AVISIT"])["NRRLT"].nunique()
    figures = {}
    for drug, data in adpc.groupby("PARAMCD", sort=True):
        full = [visit for visit in _in_order(data, "AVISIT", "AVISITN") if planned.get((drug, visit), 0) > FULL_PROFILE]
        if not full:
            continue
        colours = _treatment_colours(data)
        for kind, title in (("mean", "mean and SD by planned time"), ("subjects", "each subject by actual time")):
            figure = Figure(figsize=(11, 1.1 + 3.3 * len(full)), layout="constrained")
            rows = figure.subplots(len(full), 2, squeeze=False)
            for axes, visit in zip(rows, full, strict=True):
                for one, scale in zip(axes, ("linear", "log"), strict=True):
                    _concentration_panel(one, data[data["AVISIT"] == visit], colours, kind, scale)
                    one.set_title(f"{visit}, {'linear' if scale == 'linear' else 'logarithmic'} axis")
            figure.suptitle(f"{_unitless(data['PARAM'].iloc[0])}: {title}", fontsize=12)
            _legend(figure, rows[0][0])
            figures[f"concentration_{kind}_{drug.lower()}"] = figure
    return figures


def _concentration_panel(axes: Axes, data: pd.DataFrame, colours: Mapping[str, Any], kind: str, scale: str) -> None:
    data = _join_planned_times(data) if kind == "mean" else data
    for treatment, (colour, marker) in colours.items():
        part = data[data["TRTA"] == treatment]
        if kind == "mean":
            points = part.groupby("NRRLT")["AVAL"].agg(["mean", "std", "count"])
            points = points[points["mean"] > 0] if scale == "log" else points
            low = np.minimum(points["std"].fillna(0), points["mean"] * (0.95 if scale == "log" else np.inf))
            axes.errorbar(points.index / 24, points["mean"], yerr=[low, points["std"].fillna(0)], color=colour,
                          marker=marker, markersize=4, linewidth=1.4, elinewidth=0.7, capsize=2,
                          label=f"{treatment} (n={part['USUBJID'].nunique()})")
        else:
            lines = [(own["ARRLT"] / 24, own["AVAL"].where((own["AVAL"] > 0) | (scale == "linear")))
                     for _, own in part.sort_values("ARRLT", kind="stable").groupby("USUBJID", sort=True)]
            for number, (time, conc) in enumerate(lines):
                axes.plot(time, conc, color=colour, linewidth=0.8, alpha=0.75, marker=marker, markersize=2,
                          label=f"{treatment} (n={len(lines)})" if not number else None)
    limit = data["ALLOQ"].min()
    axes.set_yscale(scale)
    if scale == "log":
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    else:
        axes.set_ylim(bottom=0)
    axes.axhline(limit, color="black", linewidth=0.9, linestyle=":")
    if scale == "log":
        axes.annotate(f"LLOQ {limit:g} {_unit(data['PARAM'].iloc[0])}", (1.0, limit), xytext=(-2, 3), ha="right",
                      xycoords=("axes fraction", "data"), textcoords="offset points", fontsize=7)
    axes.set_xlabel("Time after start of the infusion (days)")
    axes.set_ylabel(f"Concentration ({_unit(data['PARAM'].iloc[0])})")


def _join_planned_times(data: pd.DataFrame) -> pd.DataFrame:
    """The records with planned times that differ by less than a hundredth joined to the first of them, of which a
    subject has one record: at the end of an interval the samples before the next dose and after the other drug that is
    given before it are of one time; after a dose an hour apart is far.
    """
    times = np.sort(data["NRRLT"].dropna().unique())
    near = np.append(False, np.diff(times) <= JOINED_SHARE * times[:-1]) if len(times) else times
    joined = pd.Series(times).where(~near).ffill().to_numpy()
    time = data["NRRLT"].map(dict(zip(times, joined, strict=True)))
    ordered = data.assign(_TIME=time).sort_values(["USUBJID", "NRRLT"], kind="stable")
    first = ordered.drop_duplicates(["USUBJID", "_TIME"])
    return first.assign(NRRLT=first["_TIME"])


def draw_cmax(adpp: pd.DataFrame) -> dict[str, Figure]:
    """Cmax of every cycle for each drug: each subject, and the mean of each treatment."""
    data = adpp[(adpp["PARAMCD"].str.slice(stop=-1) == "CMAX") & adpp["AVAL"].notna() & (adpp["SAFFL"] == "Y")]
    drugs = sorted(data["PARCAT1"].unique())
    if not drugs:
        return {}
    figure = Figure(figsize=(11, 1.2 + 3.4 * len(drugs)), layout="constrained")
    panels = figure.subplots(len(drugs), 1, squeeze=False)[:, 0]
    colours = _treatment_colours(data)
    for axes, drug in zip(panels, drugs, strict=True):
        own = data[data["PARCAT1"] == drug]
        visits = _in_order(own, "AVISIT", "AVISITN")
        place = own["AVISIT"].map({visit: float(number) for number, visit in enumerate(visits)}).astype("float64")
        for number, (treatment, (colour, marker)) in enumerate(colours.items()):
            shift = (number - (len(colours) - 1) / 2) * 0.09
            part = own[own["TRTA"] == treatment]
            if part.empty:
                continue
            axes.scatter(place[part.index] + shift, part["AVAL"], s=9, color=colour, alpha=0.45, linewidths=0)
            mean = part["AVAL"].groupby(place[part.index]).mean()
            axes.plot(mean.index + shift, mean, color=colour, marker=marker, markersize=5, linewidth=1.2,
                      label=f"{treatment} (n={part['USUBJID'].nunique()})")
        axes.set_xticks(range(len(visits)), visits)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(f"Cmax ({_unit(own['PARAM'].iloc[0])})")
        axes.set_title(f"{drug}: points are subjects, lines the means of the treatments")
    panels[-1].set_xlabel("Visit of the dose")
    figure.suptitle("Maximum concentration of every cycle", fontsize=12)
    _legend(figure, panels[0])
    return {"cmax_by_cycle": figure}


def draw_titres(adab: pd.DataFrame) -> dict[str, Figure]:
    """Titre of antidrug antibodies by time for each drug, a line for each subject who was ever positive, coloured by
    category; a negative sample stands at NEG.
    """
    code = adab["PARAMCD"].str.slice(stop=-1)
    drugs = sorted(adab["PARCAT1"].unique())
    category = adab[code == "ADACAT"].set_index(["USUBJID", "PARCAT1"])["AVALC"]
    figure = Figure(figsize=(11, 1.2 + 3.4 * max(len(drugs), 1)), layout="constrained")
    panels = figure.subplots(max(len(drugs), 1), 1, squeeze=False)[:, 0]
    for axes, drug in zip(panels, drugs, strict=False):
        result = adab[(code == "ADARES") & (adab["PARCAT1"] == drug) & adab["AVAL"].notna()]
        titre = adab[(code == "ADATIT") & (adab["PARCAT1"] == drug)].set_index(["USUBJID", "ADTM"])["AVAL"]
        keys = ["USUBJID", "ADTM"]
        data = result[[*keys, "AFRLT", "AVAL"]].join(titre[~titre.index.duplicated()].rename("TITRE"), on=keys)
        ever = data.loc[data["AVAL"] == 1, "USUBJID"].unique()
        floor = (titre.min() if len(titre) else 10.0) / 2
        data = data[data["USUBJID"].isin(ever)].assign(HEIGHT=data["TITRE"].where(data["AVAL"] == 1, floor))
        named: set[str] = set()
        for subject, own in data.sort_values("AFRLT", kind="stable").groupby("USUBJID", sort=True):
            kind = str(category.get((subject, drug), ""))
            axes.plot(own["AFRLT"] / 7, own["HEIGHT"], color=CATEGORY_COLOURS.get(kind, "#4D4D4D"), marker="o",
                      markersize=3.5, linewidth=1, alpha=0.85, label=None if kind in named else kind.lower())
            named.add(kind)
        _titre_axis(axes, titre, floor)
        axes.set_title(f"{drug}: {_incidence(adab[adab['PARCAT1'] == drug])}")
        if named:
            axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    panels[-1].set_xlabel("Time after the first dose (weeks)")
    figure.suptitle("Antidrug antibodies: titre of each subject who was ever positive", fontsize=12)
    return {"titre_by_time": figure} if drugs else {}


def _incidence(adab: pd.DataFrame) -> str:
    """Prevalence and incidence of antibodies among the evaluable subjects, in words."""
    code = adab["PARAMCD"].str.slice(stop=-1)
    count = {name: int(adab.loc[code == name, "AVAL"].sum()) for name in ("ADAEVAL", "ADAPREV", "ADASTAT")}
    share = {name: f"{number} ({100 * number / max(count['ADAEVAL'], 1):.0f}%)" for name, number in count.items()}
    return (f"of {count['ADAEVAL']} evaluable subjects {share['ADAPREV']} ever positive, "
            f"{share['ADASTAT']} treatment-induced or boosted")


def _titre_axis(axes: Axes, titre: pd.Series, floor: float) -> None:
    axes.set_yscale("log", base=2)
    steps = [floor * 2**power for power in range(1, 20) if floor * 2**power <= (titre.max() if len(titre) else 0)]
    axes.set_yticks([floor, *steps], ["NEG", *(f"1:{step:g}" for step in steps)])
    axes.minorticks_off()
    axes.set_ylim(floor / 1.5, (steps[-1] if steps else floor) * 1.5)
    axes.axvline(0, color="black", linewidth=0.8, linestyle=":")
    axes.xaxis.set_major_locator(MaxNLocator(12, integer=True))
    axes.set_ylabel("Titre")


def _in_order(data: pd.DataFrame, name: str, number: str) -> list[str]:
    return list(data.sort_values(number, kind="stable")[name].drop_duplicates())


def _treatment_colours(data: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """A colour and a marker for each treatment, in the order of their numbers."""
    names = _in_order(data[data["TRTA"] != ""], "TRTA", "TRTAN")
    return {name: (COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]) for place, name in enumerate(names)}


def _unit(parameter: str) -> str:
    return parameter.rpartition("(")[2].removesuffix(")")


def _unitless(parameter: str) -> str:
    return parameter.rpartition(" (")[0]


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 3) or 1)


SUBJECT = ("USUBJID", "TRTA", "TRTAN", "SAFFL")
FIGURES = (
    FigureSpec(draw_concentrations, {"ADPC": (*SUBJECT, "PARAMCD", "PARAM", "AVAL", "ALLOQ", "DTYPE", "AVISIT",
                                              "AVISITN", "NRRLT", "ARRLT", "NCAXFL")}),
    FigureSpec(draw_cmax, {"ADPP": (*SUBJECT, "PARAMCD", "PARCAT1", "PARAM", "AVAL", "AVISIT", "AVISITN")}),
    FigureSpec(draw_titres, {"ADAB": ("USUBJID", "PARAMCD", "PARCAT1", "AVAL", "AVALC", "ADTM", "AFRLT")}),
)
