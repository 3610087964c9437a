"use client";
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";

const TYPING_PAUSE_MS = 300;
const MAX_QUERY = 200;

/** A search field that asks when typing pauses; `/` leads to it. */
export function SearchBox({
  value,
  label,
  placeholder = label,
  onChange,
}: {
  value: string;
  label: string;
  placeholder?: string;
  onChange: (text: string) => void;
}) {
  const [typed, setTyped] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  // Going back or clearing changes the text from outside.
  useEffect(() => {
    setTyped(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  function type(next: string) {
    setTyped(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latest.current(next.trim()), TYPING_PAUSE_MS);
  }

  return (
    <span className="input ghost filter-text">
      <Icon as={Search} size={14} />
      <input
        type="search"
        data-filter
        maxLength={MAX_QUERY}
        aria-label={label}
        placeholder={placeholder}
        value={typed}
        onChange={(event) => type(event.target.value)}
      />
      <Kbd keys="/" />
    </span>
  );
}
