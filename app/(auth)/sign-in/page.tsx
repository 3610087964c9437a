import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { operatorOfPage } from "@/app/session";
import { LocalSignIn } from "@/components/auth/local-sign-in";
import { SignInForm, type SignInReason } from "@/components/auth/sign-in-form";
import { safePath } from "@/lib/safe-path";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("auth");
  // The one-time link must not travel to another site.
  return { title: t("signIn"), referrer: "no-referrer" };
}

type Search = Record<string, string | string[] | undefined>;

export default async function SignInPage({ searchParams }: { searchParams: Promise<Search> }) {
  const search = await searchParams;
  const next = safePath(one(search.next));
  const token = one(search.token);
  if (!token && (await operatorOfPage())) redirect(next);
  const host = (await headers()).get("host") ?? "";
  return token ? (
    <LocalSignIn token={token} next={next} />
  ) : (
    <SignInForm next={next} host={host} reason={reasonOf(one(search.reason))} />
  );
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function reasonOf(word: string | undefined): SignInReason | null {
  return word === "ended" || word === "out" ? word : null;
}
