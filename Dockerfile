# The command in an image, out of what `make dist` makes: docker build -t sagemaker-roles .
# Then: docker run --rm -v "$PWD:/work:ro" sagemaker-roles compose --request request.json
FROM python:3.13-slim
COPY requirements/run.txt dist/sagemaker_roles-*.whl /tmp/
RUN pip install -q --no-cache-dir --no-deps --require-hashes --only-binary :all: -r /tmp/run.txt
RUN pip install -q --no-cache-dir --no-deps /tmp/sagemaker_roles-*.whl
RUN pip check && rm /tmp/run.txt /tmp/sagemaker_roles-*.whl
USER nobody
WORKDIR /work
ENTRYPOINT ["sagemaker-roles"]
