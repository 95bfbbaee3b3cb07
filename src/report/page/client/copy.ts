/** Buttons that copy a command. A page opened from a file may not be allowed to: then there is none. */
import { say } from "./keys.ts";

export function copyButtons(): void {
  for (const command of document.querySelectorAll<HTMLElement>("[data-copy]")) {
    if (!isSecureContext) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(command.textContent).then(
        () => told(button, "Copied"),
        // Refused: the text is there to be selected.
        () => told(button, "Not allowed here: select it by hand"),
      );
    });
    command.after(button);
  }
}

function told(button: HTMLButtonElement, text: string): void {
  button.textContent = text;
  say(text);
}
