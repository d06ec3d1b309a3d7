/**
 * The pages and their addresses. Each page's code is loaded with it, and what it will ask is asked meanwhile; the
 * shell's code alone comes first.
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { askAhead } from "./api/ahead.ts";
import { ask } from "./api/ask.ts";
import { appSearch } from "./pages/app/app-search.ts";
import { changesSearch } from "./pages/changes/changes-search.ts";
import { questionsAt } from "./pages/change/change-questions.ts";
import { changeSearch } from "./pages/change/change-search.ts";
import { overviewQuestions } from "./pages/overview/overview-questions.ts";
import { overviewSearch } from "./pages/overview/overview-search.ts";
import { signInSearch } from "./pages/sign-in/sign-in-search.ts";
import { platformSearch } from "./pages/platform/platform-search.ts";
import { NotFound } from "./shell/not-found.tsx";
import { Shell } from "./shell/shell.tsx";
import { rightsQuery } from "./shell/use-rights.ts";
import { Failure } from "./ui/failure.tsx";
import { Loading } from "./ui/loading.tsx";

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: overviewSearch,
  loader: () => askAhead(Object.values(overviewQuestions)),
  component: lazyRouteComponent(() => import("./pages/overview/overview-page.tsx"), "OverviewPage"),
});

const changesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/changes",
  validateSearch: changesSearch,
  component: lazyRouteComponent(() => import("./pages/changes/changes-page.tsx"), "ChangesPage"),
});

const changeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/changes/$change",
  validateSearch: changeSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ params, deps }) => askAhead(questionsAt(params.change, deps)),
  component: lazyRouteComponent(() => import("./pages/change/change-page.tsx"), "ChangePage"),
});

const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/apps/$app",
  validateSearch: appSearch,
  loader: ({ params }) =>
    askAhead([ask("GET /api/v1/apps/:app", { params }), rightsQuery(params.app)]),
  component: lazyRouteComponent(() => import("./pages/app/app-page.tsx"), "AppPage"),
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: signInSearch,
  component: lazyRouteComponent(() => import("./pages/sign-in/sign-in-page.tsx"), "SignInPage"),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitations/$invitation",
  component: lazyRouteComponent(
    () => import("./pages/invitation/invitation-page.tsx"),
    "InvitationPage",
  ),
});

const securityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings/security",
  component: lazyRouteComponent(() => import("./pages/security/security-page.tsx"), "SecurityPage"),
});

const platformRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/platform",
  validateSearch: platformSearch,
  component: lazyRouteComponent(() => import("./pages/platform/platform-page.tsx"), "PlatformPage"),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    overviewRoute,
    appRoute,
    changesRoute,
    changeRoute,
    signInRoute,
    invitationRoute,
    securityRoute,
    platformRoute,
  ]),
  defaultPreload: "intent",
  // What is fresh is for the store of answers to say: a question that failed under the pointer is asked
  // again at the press.
  defaultPreloadStaleTime: 0,
  defaultPendingComponent: Loading,
  defaultPendingMs: 150,
  defaultErrorComponent: Failure,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
