"""What pyproject.toml cannot say: a wheel carries scripts, catalogues and types, and `checkpoints/` as `shipped/`."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["genimg*"]), "genimg.shipped"],
    package_dir={"genimg.shipped": "checkpoints"},
    package_data={
        "genimg": ["py.typed"],
        "genimg.shipped": ["*/*"],
        "genimg.ui.web": ["*.js", "*.css"],
        "genimg.ui.locale": ["*/*.json"],
    },
)
