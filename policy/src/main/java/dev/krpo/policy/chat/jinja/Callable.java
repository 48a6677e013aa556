package dev.krpo.policy.chat.jinja;

/** A macro, a global function or a method of a value. */
interface Callable {

    /**
     * Calls it.
     *
     * @throws TemplateException if the arguments do not fit, naming the function
     */
    Object call(CallArguments arguments);
}
