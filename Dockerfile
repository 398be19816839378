# docker build -t mmlandmark . && docker run --rm -v "$PWD:/data" -w /data mmlandmark info
FROM python:3.11-slim
WORKDIR /opt/mmlandmark
COPY . .
RUN bash requirements/set_up.sh python3 /opt/venv && rm -rf /root/.cache
ENV PATH=/opt/venv/bin:$PATH
ENTRYPOINT ["mmlandmark"]
CMD ["--help"]
