# Every role in one image; build the jars first (`./krpo --version` does) and then `docker compose build`.
# Your own jars go into /opt/krpo/plugins: mount a volume,
# or `COPY my-rewards.jar /opt/krpo/plugins/` in an image FROM this one.
FROM eclipse-temurin:17-jre
COPY krpo /opt/krpo/krpo
COPY cli/target/lib /opt/krpo/cli/target/lib
COPY examples /opt/krpo/examples
WORKDIR /opt/krpo
ENV JAVA_TOOL_OPTIONS="-XX:+UseSerialGC -XX:MaxRAMPercentage=50" OMP_NUM_THREADS=1
ENTRYPOINT ["/opt/krpo/krpo"]
CMD ["--help"]
