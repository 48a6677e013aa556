"""Golden chat prompts for GoldenChatTemplatesTest, rendered by apply_chat_template of transformers.

    pip install transformers jinja2
    pip install --no-deps --target PACKAGES trl==1.16.0 unsloth==2026.10.9
    python tools/golden/chat_templates.py PACKAGES SMOLLM2 policy/src/test/resources/golden/chat

PACKAGES holds the packages that carry the templates; SMOLLM2 is what tools/models/smollm2.sh makes. Made with
transformers 5.24.0 and Jinja2 3.1.6.
"""

import ast
import datetime
import json
import sys
from pathlib import Path

import transformers.utils.chat_template_utils as chat_template_utils
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import AutoTokenizer, PreTrainedTokenizerFast

packages, smollm2, out = map(Path, sys.argv[1:4])
out.mkdir(parents=True, exist_ok=True)


class FixedDate(datetime.datetime):
    """strftime_now prints this date."""

    @classmethod
    def now(cls, tz=None):
        return cls(2026, 2, 3, 14, 5, 6)


chat_template_utils.datetime = FixedDate

DEEPSEEK = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", None

# name: (template in trl/chat_templates, bos_token, eos_token, pad_token)
TEMPLATES = {
    "qwen2.5": ("qwen2_5", None, "<|im_end|>", "<|endoftext|>"),
    "qwen3": ("qwen3", None, "<|im_end|>", "<|endoftext|>"),
    "qwen3-instruct-2507": ("qwen3_instruct_2507", None, "<|im_end|>", "<|endoftext|>"),
    "llama-3": ("llama3", "<|begin_of_text|>", "<|eot_id|>", None),
    "llama-3.2": ("llama3_2", "<|begin_of_text|>", "<|eot_id|>", None),
    "gemma": ("gemma", "<bos>", "<eos>", "<pad>"),
    "gemma-3": ("gemma3", "<bos>", "<eos>", "<pad>"),
    "phi-3.5": ("phi3_5", "<s>", "<|endoftext|>", "<|endoftext|>"),
    "deepseek-r1-distill": ("deepseek_r1_distill", *DEEPSEEK),
    "deepseek-v3": ("deepseekv3", *DEEPSEEK),
    "glm-4-moe": ("glm4moe", None, "<|endoftext|>", "<|endoftext|>"),
    "gpt-oss": ("gptoss", "<|startoftext|>", "<|return|>", "<|endoftext|>"),
}


def mistral_template():
    """unsloth cannot be imported without a GPU."""
    source = (packages / "unsloth" / "chat_templates.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "mistral_template":
            return ast.literal_eval(node.value)
    raise ValueError("no mistral_template in unsloth/chat_templates.py")


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "current_temperature",
            "description": "The temperature at a location, e.g. \"Zürich\" <or> 'Köln' & 東京.",
            "parameters": {
                "type": "object",
                "properties": {
                    "location": {"type": "string", "description": "The location\nas city, country"},
                    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
                    "digits": {"type": "integer", "minimum": 0, "default": 1},
                    "tolerance": {"type": "number", "default": 0.1, "maximum": 1e16, "minimum": 1.5e-07},
                    "exact": {"type": "boolean", "default": False, "nullable": True, "example": None},
                    "hours": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["location"],
            },
        },
    },
    {
        "type": "function",
        "function": {"name": "now", "description": "The time.", "parameters": {"type": "object", "properties": {}}},
    },
]


def call(name, arguments):
    return {"role": "assistant", "content": "", "tool_calls": [
        {"id": "abc123DEF", "type": "function", "function": {"name": name, "arguments": arguments}}]}


USER = {"role": "user", "content": "What is 4 + 18? Answer with the number only."}
SYSTEM = {"role": "system", "content": "  You are a careful assistant.\n"}
THOUGHT = {"role": "assistant", "content": "<think>\nFour and eighteen.\n</think>\n\n22"}
FOLLOW_UP = {"role": "user", "content": "And minus 7?"}
AS_DATA = {
    "role": "user", "content": "{{ 7 * 7 }} {% for x in y %} {# no #} {%- endfor %} }} <|im_end|>\n<s> \\n '\"`"}
UNICODE = {"role": "user", "content": "  Grüße, 世界! 👩‍👩‍👧‍👦 e\u0301\u00a0\u2028\t\r\n {curly} \u3000"}
RESULT = {"role": "tool", "name": "current_temperature", "tool_call_id": "abc123DEF", "content": "21.5"}

CASES = {
    "one question": ([USER], {"add_generation_prompt": True}),
    "no generation prompt": ([USER], {}),
    "a system message": ([SYSTEM, USER], {"add_generation_prompt": True}),
    "several turns": ([USER, {"role": "assistant", "content": "22"}, FOLLOW_UP], {"add_generation_prompt": True}),
    "several turns with a system message":
        ([SYSTEM, USER, {"role": "assistant", "content": " 22\n"}, FOLLOW_UP], {"add_generation_prompt": True}),
    "a finished conversation": ([USER, THOUGHT], {}),
    "a thought in an earlier turn": ([USER, THOUGHT, FOLLOW_UP], {"add_generation_prompt": True}),
    "reasoning in a field of its own":
        ([USER, {"role": "assistant", "content": "22", "reasoning_content": "\nFour and eighteen.\n"}], {}),
    "reasoning under another name":
        ([USER, {"role": "assistant", "content": "22", "reasoning": "Four and eighteen."}, FOLLOW_UP], {}),
    "thinking on": ([USER], {"add_generation_prompt": True, "enable_thinking": True}),
    "thinking off": ([USER], {"add_generation_prompt": True, "enable_thinking": False}),
    "text that looks like a template": ([AS_DATA], {"add_generation_prompt": True}),
    "characters beyond ASCII": ([UNICODE], {"add_generation_prompt": True}),
    "an empty message": ([{"role": "user", "content": ""}], {"add_generation_prompt": True}),
    "tools": ([USER], {"add_generation_prompt": True, "tools": TOOLS}),
    "tools with a system message": ([SYSTEM, USER], {"add_generation_prompt": True, "tools": TOOLS}),
    "tools in the system message":
        ([SYSTEM, USER], {"add_generation_prompt": True, "tools": TOOLS, "tools_in_user_message": False}),
    "a tool call and its result":
        ([USER, call("current_temperature", {"location": "Köln, DE", "digits": 2}), RESULT],
         {"add_generation_prompt": True, "tools": TOOLS}),
    "a tool call with arguments as text":
        ([USER, call("current_temperature", "{\"location\": \"Köln, DE\"}"), RESULT], {"add_generation_prompt": True}),
    "a tool call without content":
        ([USER, {**call("now", {}), "content": None}, RESULT, {"role": "assistant", "content": "noon"}],
         {"tools": TOOLS}),
    "two tool results": ([USER, call("now", {}), RESULT, {**RESULT, "content": "22 {{ x }}"}], {"tools": TOOLS}),
    "two questions in a row": ([USER, FOLLOW_UP], {"add_generation_prompt": True}),
    "an unknown role": ([{"role": "critic", "content": "no"}], {"add_generation_prompt": True}),
    "content in parts":
        ([{"role": "user", "content": [{"type": "text", "text": " first "}, {"type": "text", "text": "second"}]}],
         {"add_generation_prompt": True}),
    "a date": ([USER], {"add_generation_prompt": True, "date_string": "26 Jul 2024"}),
}


def rendered(tokenizer, template, messages, variables):
    """The prompt, or why there is none."""
    try:
        return {"prompt": tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False, **variables)}
    except Exception as error:  # whatever a template causes: transformers passes Python's own errors on
        return {"error": f"{type(error).__name__}: {error}"}


def write(name, template, tokenizer, special):
    cases = []
    for case, (messages, variables) in CASES.items():
        expected = rendered(tokenizer, template, messages, variables)
        cases.append({"name": case, "messages": messages, "variables": variables, **expected})
    (out / f"{name}.jinja").write_text(template, encoding="utf-8")
    (out / f"{name}.json").write_text(
        json.dumps({**special, "cases": cases}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{name}: {sum('prompt' in case for case in cases)} prompts, {sum('error' in case for case in cases)} errors")


def empty_tokenizer(special):
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer(WordLevel({"?": 0}, unk_token="?")), **special)


for name, (file, bos, eos, pad) in TEMPLATES.items():
    tokens = {"bos_token": bos, "eos_token": eos, "pad_token": pad}
    special = {key: token for key, token in tokens.items() if token is not None}
    template = (packages / "trl" / "chat_templates" / f"{file}.jinja").read_text(encoding="utf-8")
    write(name, template, empty_tokenizer(special), special)

special = {"bos_token": "<s>", "eos_token": "</s>"}
write("mistral", mistral_template(), empty_tokenizer(special), special)

tokenizer = AutoTokenizer.from_pretrained(smollm2)
special = {key: getattr(tokenizer, key) for key in ("bos_token", "eos_token", "pad_token", "unk_token")}
write("smollm2", tokenizer.chat_template, tokenizer, special)

# Small templates: one construct each. A value that Python rejects has an error instead of a text.
VARIABLES = {
    "n": 7, "m": -3, "f": 0.1, "big": 1e22, "small": 1.5e-7, "whole": 3.0, "yes": True, "nothing": None, "empty": "",
    "s": "  Hello, World  ", "word": "straße", "lines": "a\nb\n\nc", "quote": "it's \"so\"", "emoji": "a😀b",
    "list": [3, 1, 2], "names": ["b", "A", "c"], "nested": [[1, "x"], {"k": None}],
    "map": {"b": 1, "A": "two", "items": [1], "get": 5},
    "people": [{"name": "Ann", "age": 30, "tags": ["x"]}, {"name": "Bob", "age": None}, {"name": "Cy", "age": 2.5}],
}
SNIPPETS = """
{{ n + 1 }} {{ n - 10 }} {{ n * m }} {{ n / 2 }} {{ n // 2 }} {{ m // 2 }} {{ m % 5 }} {{ n % m }} {{ -n }} {{ - -n }}
{{ n + f }} {{ f * 3 }} {{ f + 0.2 }} {{ big }} {{ small }} {{ whole }} {{ 1e16 }} {{ 123456789.125 }} {{ 1e-4 }} {{ 0.00001 }} {{ -0.0 }}
{{ 1_000 }} {{ 1.5e3 }} {{ 7 / 7 }} {{ yes + 1 }} {{ yes }} {{ nothing }} {{ missing }}| {{ none }} {{ True and False }}
{{ "a" + "b" }} {{ "a" ~ 1 ~ none ~ missing ~ 2.0 ~ true }} {{ "ab" * 3 }} {{ "con" "cat" }} {{ 'it\\'s' }} {{ "tab\\tnew\\nline\\x41\\u00e9\\U0001F600\\q" }}
{{ "a" + 1 }}
{{ missing + "a" }}
{{ missing.attribute }}
{{ missing["a"] }}
{{ missing() }}
{{ missing is callable }} {{ map[list] is defined }}
{{ list in map }}
{{ nothing.attribute is defined }} {{ n.attribute is defined }} {{ map.nope is defined }} {{ map["nope"] is none }}
{{ 1 < 2 <= 2 }} {{ 1 < 2 > 5 }} {{ "a" < "b" }} {{ "Z" < "a" }} {{ n == 7.0 }} {{ yes == 1 }} {{ list == [3, 1, 2] }} {{ (1, 2) == [1, 2] }}
{{ 1 < "a" }}
{{ nothing < 1 }}
{{ "ell" in s }} {{ 3 in list }} {{ 9 not in list }} {{ "b" in map }} {{ "z" in missing }} {{ not "b" in map }} {{ 1 in (1,) }}
{{ 1 in s }}
{{ yes and "x" }} {{ nothing or "y" }} {{ "" or 0 or [] }} {{ not nothing }} {{ not not n }} {{ 0 and missing.x }}
{{ "yes" if yes else "no" }} {{ "yes" if nothing }}| {{ ("a" if no else "b") if n > 3 else "c" }} {{ 1 if 0 else 2 if 0 else 3 }}
{{ s|trim }}| {{ s|upper }}| {{ s|trim|length }} {{ word|upper }} {{ "ÀÉ"|lower }} {{ "xxaxx"|trim("x") }} {{ nothing|trim }} {{ missing|trim }}| {{ n|string + "!" }}
{{ list|length }} {{ map|length }} {{ emoji|length }} {{ missing|length }} {{ (1, 2)|count }}
{{ n|length }}
{{ missing|default("d") }} {{ nothing|default("d") }} {{ nothing|default("d", true) }} {{ ""|d("e", boolean=True) }} {{ missing|default }}|
{{ list|join }} {{ list|join(", ") }} {{ people|join("-", attribute="name") }} {{ names|join(d="+") }} {{ "abc"|join(".") }} {{ missing|join }}|
{{ list|first }} {{ list|last }} {{ []|first }}| {{ "abc"|last }} {{ map|first }} {{ list|list }} {{ "añ😀"|list }} {{ map|list }}
{{ list|reverse|join }} {{ "abc"|reverse }} {{ list[::-1] }} {{ emoji[::-1] }} {{ names[1:] }} {{ names[:-1] }} {{ names[-1] }} {{ names[5] }}| {{ emoji[1] }} {{ emoji[1:3] }} {{ list[::2] }} {{ list[5:] }} {{ list[-2:] }} {{ list[2:0:-1] }} {{ (1, 2, 3)[1:] }} {{ "abc"[10:] }}| {{ list[none:2] }}
{{ list["a"] is defined }} {{ "abc"["x"] is defined }} {{ list[yes] }} {{ list[0.0] is defined }} {{ names.0 }} {{ nested.1.k }}
{{ list }} {{ names }} {{ nested }} {{ map }} {{ (1,) }} {{ () }} {{ {} }} {{ [] }} {{ {"a": [1.0, none, true]} }} {{ [quote, "\\n\\\\", "\\u00a0\\u200b\\u001f", emoji] }}
{{ nested|tojson }} {{ map|tojson }} {{ quote|tojson }} {{ emoji|tojson }} {{ emoji|tojson(ensure_ascii=true) }} {{ [f, big, small, whole, -0.0, 1e100]|tojson }} {{ "</script>&'\\u007f\\u2028"|tojson }} {{ "\\b\\f\\r\\t\\x01"|tojson }} {{ (1, 2)|tojson }}
{{ map|tojson(indent=2) }} {{ nested|tojson(indent=4) }} {{ {}|tojson(indent=2) }} {{ []|tojson(indent=2) }} {{ nested|tojson(separators=(",", ":")) }} {{ map|tojson(sort_keys=true) }} {{ nested|tojson(indent=0) }} {{ nested|tojson(indent="--") }}
{{ missing|tojson }}
{{ map.b }} {{ map.A }} {{ map["items"] }} {{ map.get("b") }} {{ map["get"] }} {{ map.get("z") }} {{ map.get("z", 9) }}
{{ map.get("z", default=9) }}
{{ map.get("z", 9) }} {{ map.keys()|list }} {{ map.values()|list }} {{ map.items()|list }} {% for k, v in map.items() %}{{ k }}={{ v }};{% endfor %} {% for k, v in map|items %}{{ k }}{% endfor %} {% for k in map %}{{ k }}{% endfor %}
{{ missing|items|list }} {{ map|dictsort }} {{ {"b": 1, "B": 0, "a": 2}|dictsort }} {{ {"b": 1, "a": 2}|dictsort(by="value", reverse=true) }} {{ {"b": 1, "B": 0}|dictsort(true) }}
{{ people|map(attribute="name")|join(",") }} {{ people|map(attribute="nope", default="-")|join(",") }} {{ names|map("upper")|list }} {{ list|map("string")|join }}
{{ people|map(attribute="tags.0")|list }}
{{ nested|map(attribute="k.0")|list }} {{ nested|map(attribute=0)|list }}
{{ people|selectattr("age")|map(attribute="name")|list }} {{ people|rejectattr("age")|list|length }} {{ people|selectattr("name", "equalto", "Bob")|list }} {{ people|selectattr("tags", "defined")|list|length }} {{ list|select("odd")|list }} {{ list|reject("equalto", 3)|list }} {{ list|select(">", 1)|list }} {{ list|select|list }}
{{ " 42 "|int }} {{ "4.9"|int }} {{ "x"|int }} {{ "x"|int(5) }} {{ 4.9|int }} {{ nothing|int(3) }} {{ yes|int }} {{ "1.5"|float }} {{ "x"|float }} {{ n|float }} {{ "-3"|int }} {{ "1_0"|int }}
{{ "a-b a"|replace("a", "x") }} {{ "aaa"|replace("a", "b", 2) }} {{ n|replace("7", "8") }} {{ "hello world-foo (bar)"|title }} {{ "hELLO"|capitalize }} {{ ""|capitalize }}|
{{ lines|indent }} {{ lines|indent(2, true) }} {{ lines|indent(2, blank=true) }} {{ lines|indent("> ") }} {{ ""|indent }}|
{{ "<b>"|safe }} {{ "<b>"|safe ~ "<" }}
{{ s.strip() }}| {{ s.lstrip() }}| {{ s.rstrip() }}| {{ "xyaxy".strip("yx") }} {{ "\\u2003a\\u00a0\\x1f".strip() }}| {{ "a,b,,c".split(",") }} {{ "a,b,c".split(",", 1) }} {{ "  a  b ".split() }} {{ " a  b c ".split(none, 1) }} {{ "a".split("b") }} {{ "a<t>b<t>c".split("<t>")[-1] }} {{ "".split() }} {{ "".split(",") }}
{{ s.startswith("  H") }} {{ s.endswith("x") }} {{ "abc".startswith(("x", "a")) }} {{ word.upper() }} {{ "ABC".lower() }} {{ "they're 1st".title() }} {{ "hELLO wORLD".capitalize() }} {{ "aXbX".replace("X", "-") }} {{ "aXbX".replace("X", "-", 1) }} {{ emoji.find("b") }} {{ "abc".find("z") }} {{ "abab".rfind("b") }} {{ "banana".count("an") }} {{ ", ".join(names) }} {{ "prefix-x".removeprefix("prefix-") }} {{ "x.txt".removesuffix(".txt") }} {{ lines.splitlines() }}
{{ "a".split("") }}
{{ ", ".join(list) }}
{{ list.append(4) }}
{{ map.update({}) }}
{{ map.pop is defined }} {{ list.append is defined }}
{% set x = 1 %}{{ x }}{% set x, y = 2, 3 %}{{ x }}{{ y }}{% set (a, b) = [4, 5] %}{{ a }}{{ b }}{% set t = 1, %}{{ t }}
{% set a, b = list %}
{% set block %} in {{ n }} {% endset %}[{{ block }}]{% set ns = namespace(a=1, b=[]) %}{% set ns.a = ns.a + 1 %}{{ ns.a }}{{ ns.b }}{{ ns.z is defined }}{% set ns.z = "z" %}{{ ns.z }}{{ ns["a"] }}
{% set notns = {} %}{% set notns.a = 1 %}
{% set x = 1 %}{% for i in list %}{{ x }}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}
{% if n > 3 %}{% set y = "in" %}{% endif %}{{ y }}{% if n > 9 %}{% set z = 1 %}{% endif %}[{{ z }}]{% if 0 %}a{% elif n %}b{% elif missing.x %}c{% else %}d{% endif %}
{% for i in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle("o", "e") }}{{ loop.depth }} {% endfor %}{{ loop is defined }}
{% for i in list if i > 1 %}{{ i }}{{ loop.index }}{{ loop.last }}{{ loop.length }} {% else %}none{% endfor %}{% for i in [] %}{% else %}empty{% endfor %}{% for i in missing %}{% else %}missing{% endfor %}{% for c in "a😀" %}[{{ c }}]{% endfor %}
{% for i in nothing %}{% endfor %}
{% for a, b in [[1, 2], (3, 4)] %}{{ a }}{{ b }}{% endfor %}{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(5, 0, -2) %}{{ i }}{% endfor %}{{ range(3)|list }}{{ range(4)[1] }}{{ range(0)|length }}
{% for i in list %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% if i == 2 %}{% break %}{% endif %}{% endfor %}{% for i in list %}{% for j in list %}{% if j == 1 %}{% break %}{% endif %}{{ i }}{{ j }} {% endfor %}{% endfor %}
{% for i in list|select("odd") %}{{ i }}{{ loop.last }}{{ loop.length }}{% endfor %}{% set g = list|map("string") %}{{ g|join }}{{ g|join }}|
{% macro m(a, b=2, c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, c=3) }}{{ m() }}{{ m(b=1, a=none) }}{{ m("x") ~ "y" }}{{ m(1)|upper }}{% set p = m(1) %}{{ p|length }}
{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{% endmacro %}{{ m(z=2) }}
{% macro fact(k) %}{% if k <= 1 %}1{% else %}{{ k * (fact(k - 1)|int) }}{% endif %}{% endmacro %}{{ fact(5) }}{% set outer = "seen" %}{% macro see() %}{{ outer }}{{ n }}{% set outer = 2 %}{% endmacro %}{{ see() }}{{ outer }}
{{ n is defined }} {{ missing is undefined }} {{ nothing is none }} {{ n is not none }} {{ s is string }} {{ map is mapping }} {{ list is iterable }} {{ s is iterable }} {{ n is iterable }} {{ list is sequence }} {{ map is sequence }} {{ missing is sequence }} {{ n is number }} {{ yes is number }} {{ n is integer }} {{ yes is integer }} {{ f is float }} {{ yes is boolean }} {{ yes is true }} {{ n is true }} {{ false is false }} {{ n is odd }} {{ n is even }} {{ n is divisibleby 7 }} {{ n is divisibleby(2) }} {{ n is eq 7 }} {{ n is in [7] }} {{ "a" is in "abc" }} {{ n is gt 3 }} {{ range is callable }} {{ n is callable }} {{ not n is defined }} {{ n is defined and n > 3 }} {{ missing is defined or n }} {{ (1, 2) is sequence }} {{ n is equalto 7 and yes }}
{{ dict(a=1, b="x") }} {{ dict(a=1)["a"] }} {{ strftime_now("%d %b %Y, %A %B %H:%M:%S %j %y %I %p %%") }}
{{ raise_exception("no " ~ n) }}
{{ [1, 2] + [3] }} {{ (1,) + (2,) }} {{ {"a": {"b": {}}} }} {{ {"a": {"b": 1}}.a.b }} {{ {} is mapping }} {{ [{"a": 1}][0].a }} {{ {"k": 1}|tojson }}{{ {'x': {'y': {}}} }}
{{ n|string|length|string }} {{ -n|string }} {{ (n + 1)|string }} {{ n + 1|int }} {{ 2 * n|int + 1 }} {{ "a" ~ "b"|upper }} {{ not n == 8 }} {{ -list[0] }} {{ "%s" }} {{ names[0]|upper ~ "!" }}
a {# comment #} b{#- strip -#} c {#+ plus +#} d
{% raw %}{{ not }} {% if %} {# x #}{% endraw %} {%- raw -%}  {{ x }}  {%- endraw %}
{%- if yes -%} x {%- endif -%} y {{- n -}} z {{ n }} w
{{ n}}{{n }}{{-n}}{{ "}}" }}{{ "{{" }}{{ '%}' }} { { } } {{ "{#" }} {%if n%}t{%endif%} { % %}
"""
MULTILINE = [
    "a\n{% if yes %}\nb\n{% endif %}\nc\n",
    "a\n    {% if yes %}\n    b\n    {% endif %}\nc\n\n",
    "  {% if yes %}x{% endif %}\n\n  {% if yes +%}\n  y\n  {%+ endif %}\nz",
    "{% for i in list %}\n  {{ i }}\n{% endfor %}\n",
    "{% for i in list -%}\n  {{ i }}\n{%- endfor %}\n",
    "x  {# c #}\n  {# alone #}\n{#- stripped #}\ny\n  {{ n }}\n",
    "\t {% set a = 1 %}\t\n{{ a }}\r\n{{ a }}\r{{ a }}\n",
    "{{ 'line\nbreak' }}{{ \"cr\r\nlf\" }}\n\n",
    "{% raw %}\n a {{ b }}\n {% endraw %}\n c",
    "{{ n\n }}\n{%\n if yes\n %}multi{% endif\n%}\n{{ [1,\n 2,] }}{{ {'a': 1,\n } }}",
    "text {% if yes %}\n   {% if no %}{% endif %}\n{% endif %} tail",
    "  {%- if yes %}\n  q\n  {%- endif %}  \n r",
    "\u00a0 {% if yes %}\u2003\nx{% endif %}",
    "{% generation %}\n  {{ n }}{% set inner = 1 %}\n{% endgeneration %}\n{{ inner }}|",
    "{{ n -}}\n  {% if yes %}a{% endif %}\n",
    "{% set x %}\n  block\n{% endset %}\n[{{ x }}]",
    "{{ n }}\n  {# a #} {% if yes %} b{% endif %}\n",
]
tokenizer = empty_tokenizer({})
snippets = []
for template in SNIPPETS.strip("\n").split("\n") + MULTILINE:
    expected = rendered(tokenizer, template, [{"role": "user", "content": "x"}], VARIABLES)
    snippets.append({"template": template, **expected})
(out / "snippets.json").write_text(
    json.dumps({"variables": VARIABLES, "snippets": snippets}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
print(f"snippets: {len(snippets)}, {sum('error' in snippet for snippet in snippets)} errors")
