/** Prompts from conversations, with the chat templates of Hugging Face models. */
package dev.krpo.policy.chat;
