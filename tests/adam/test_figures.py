"""Laws of figures: what is drawn, from which records, the same bytes for the same data."""

import hashlib

import pandas as pd
import pytest

from adam.figures import FIGURES, draw_cmax, draw_concentrations, draw_titres, write_figures

SUBJECTS = [("S1", "Low", 1.0), ("S2", "Low", 1.0), ("S3", "High", 2.0)]


def concentrations() -> pd.DataFrame:
    rows = [(subject, treatment, number, "Y", "DRUG", "Drug Concentration (ug/mL)", level * factor, 0.1, "", "C1D1", 101.0, hours,
             hours + 0.1, "")
            for subject, treatment, number in SUBJECTS
            for hours, level in ((-1, 0), (1, 9), (3, 8), (24, 6), (72, 4), (168, 2), (336, 1)) for factor in [number]]
    return pd.DataFrame(rows, columns=list(FIGURES[0].needs["ADPC"]))


def peaks() -> pd.DataFrame:
    rows = [(subject, treatment, number, "Y", "CMAX1", "DRUG", "DRUG Max Conc (ug/mL)", 9 * number, f"C{cycle}D1", cycle * 100 + 1.0)
            for subject, treatment, number in SUBJECTS for cycle in (1, 2)]
    return pd.DataFrame(rows, columns=list(FIGURES[1].needs["ADPP"]))


def titres() -> pd.DataFrame:
    days = pd.to_datetime(["2023-01-01", "2023-01-22"])
    rows = [("S1", "ADARES1", "DRUG", 0.0, "NEGATIVE", days[0], 0.0), ("S1", "ADARES1", "DRUG", 1.0, "POSITIVE", days[1], 21.0),
            ("S1", "ADATIT1", "DRUG", 40.0, "40", days[1], 21.0), ("S2", "ADARES1", "DRUG", 0.0, "NEGATIVE", days[0], 0.0),
            ("S1", "ADACAT1", "DRUG", 1.0, "TREATMENT-INDUCED", pd.NaT, None)]
    rows += [(subject, code, "DRUG", value, "", pd.NaT, None) for subject, values in (("S1", (1, 1, 1)), ("S2", (1, 0, 0)))
             for code, value in zip(("ADAEVAL1", "ADAPREV1", "ADASTAT1"), map(float, values), strict=True)]
    return pd.DataFrame(rows, columns=list(FIGURES[2].needs["ADAB"]))


def test_every_drug_has_a_mean_and_a_subject_figure_each_linear_and_logarithmic():
    figures = draw_concentrations(concentrations())
    assert list(figures) == ["concentration_mean_drug", "concentration_subjects_drug"]
    axes = figures["concentration_subjects_drug"].axes
    assert [one.get_yscale() for one in axes] == ["linear", "log"]
    assert {one.get_ylabel() for one in axes} == {"Concentration (ug/mL)"}
    curves = [line for line in axes[0].lines if len(line.get_xdata()) > 2]
    assert len(curves) == len(SUBJECTS)


def test_samples_around_the_next_dose_are_one_point_of_the_mean_and_those_after_a_dose_are_not():
    data = concentrations()
    end = data[data["NRRLT"] == 336].assign(NRRLT=501.5, AVAL=0.5)
    after = end[end["USUBJID"] != "S1"].assign(NRRLT=503.5, AVAL=0.9)          # S2 has both: the sample before the dose counts
    both = pd.concat([data, end[end["USUBJID"] != "S3"], after], ignore_index=True)
    axes = draw_concentrations(both)["concentration_mean_drug"].axes[0]
    curves = [container.lines[0] for container in axes.containers]
    assert [[round(24 * days, 1) for days in line.get_xdata()] for line in curves] == [[-1, 1, 3, 24, 72, 168, 336, 501.5]] * 2
    assert [line.get_ydata().tolist()[-1] for line in curves] == [0.5, 0.9]


def test_a_record_that_the_analysis_leaves_out_is_not_drawn():
    data = concentrations()
    figures = draw_concentrations(data.assign(NCAXFL=data["NCAXFL"].mask(data["USUBJID"] == "S1", "Y")))
    curves = [line for line in figures["concentration_subjects_drug"].axes[0].lines if len(line.get_xdata()) > 2]
    assert len(curves) == len(SUBJECTS) - 1


def test_a_dose_with_few_samples_has_no_curve():
    data = concentrations()
    assert draw_concentrations(data[data["NRRLT"] < 4]) == {}


def test_the_lower_limit_of_quantitation_is_a_line():
    log = draw_concentrations(concentrations())["concentration_mean_drug"].axes[1]
    assert [text.get_text() for text in log.texts] == ["LLOQ 0.1 ug/mL"]
    assert any(set(line.get_ydata()) == {0.1} for line in log.lines)


def test_the_means_of_cmax_are_those_of_the_treatments():
    axes = draw_cmax(peaks())["cmax_by_cycle"].axes[0]
    assert [line.get_ydata().tolist() for line in axes.lines] == [[9, 9], [18, 18]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["C1D1", "C2D1"]


def test_titres_are_drawn_of_subjects_who_were_ever_positive():
    axes = draw_titres(titres())["titre_by_time"].axes[0]
    assert axes.get_title() == (
        "DRUG: of 2 evaluable subjects 1 (50%) ever positive, 1 (50%) treatment-induced or boosted")
    assert [line.get_ydata().tolist() for line in axes.lines if len(line.get_ydata()) == 2 and line.get_label() != "_child1"] == [[20, 40]]


def write(folder, shuffle=False):
    frames = {"ADPC": concentrations(), "ADPP": peaks(), "ADAB": titres()}
    if shuffle:
        frames = {name: data.sample(frac=1, random_state=1, ignore_index=True) for name, data in frames.items()}
    written = write_figures(lambda name, columns: frames[name][list(columns)], frames, folder)
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in written}


def test_the_same_records_in_any_order_give_the_same_bytes(tmp_path):
    first = write(tmp_path / "a")
    assert write(tmp_path / "b", shuffle=True) == first
    assert sorted(first) == sorted(path.name for path in (tmp_path / "a").iterdir())
    assert {name.rpartition(".")[2] for name in first} == {"png", "svg"}


def test_a_figure_whose_dataset_was_not_made_is_not_drawn(tmp_path):
    assert write_figures(lambda name, columns: pytest.fail(name), ["AE", "ADPP2"], tmp_path / "f") == []
    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize("empty", [draw_concentrations, draw_cmax, draw_titres])
def test_no_records_are_no_figure(empty):
    data = {draw_concentrations: concentrations, draw_cmax: peaks, draw_titres: titres}[empty]()
    assert empty(data.iloc[:0]) == {}
