"""What pyproject.toml cannot say: a wheel carries `checkpoints/` inside the package, as `genimg/shipped/`, and the scripts."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["genimg*"]), "genimg.shipped"],
    package_dir={"genimg.shipped": "checkpoints"},
    package_data={"genimg.shipped": ["*/*"], "genimg.ui.web": ["*.js", "*.css"]},
)
