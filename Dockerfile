# Every role in one image; build the jars first (`./krpo --version` does) and then `docker compose build`.
FROM eclipse-temurin:17-jre
COPY cli/target/lib /opt/krpo/lib
COPY examples /opt/krpo/examples
WORKDIR /opt/krpo
ENV JAVA_TOOL_OPTIONS="-XX:+UseSerialGC -XX:MaxRAMPercentage=50" OMP_NUM_THREADS=1
ENTRYPOINT ["java", "-Dkrpo.home=/opt/krpo", "-cp", "/opt/krpo/lib/*", "dev.krpo.cli.Krpo"]
CMD ["--help"]
